"""Time taken from a target that only reads the clock."""

from statistics import median

from .profilers import Failed, Running
from .place import skip
from .table import failed, number, table
from .target import Target

HEAD = ["profiler", "rate", "time taken", "of the pairs", "of hyflame's", "own noise", "longest gap",
        "longest without"]


def measure(profilers, library, rates, pairs, seconds, progress):
    rows = []
    for rate in rates:
        measured, broken = {}, {}
        # Round by round, so that each peer has a run of hyflame's right beside its own.
        for index in range(pairs):
            for profiler in profilers:
                if profiler.name in broken:
                    continue
                progress(f"overhead: {profiler.name} at {rate} Hz, {index + 1} of {pairs}")
                try:
                    found = pair(profiler, library, rate, seconds, index % 2 == 0)
                    measured.setdefault(profiler.name, []).append(found)
                except Failed as error:
                    skip(profiler.name, error)
                    broken[profiler.name] = error
        for profiler in profilers:
            if profiler.name in broken:
                rows.append(failed(profiler.name, len(HEAD), broken[profiler.name]))
            else:
                first = measured.get(profilers[0].name) if profilers[0].name not in broken else None
                rows.append(row(profiler.name, rate, seconds, measured[profiler.name], first))
    return (
        "## Time taken from the target\n\n"
        "A thread with 20 Python frames on its stack reads the clock and adds up all gaps over 3 µs, "
        f"for {seconds} s with the profiler attached and as long without it, in the same process; every "
        "other time first without. *Time taken* is the difference of the two shares, the median of "
        f"{pairs} such pairs; *of hyflame's* is the median of its ratios to what the table's first line took in the "
        "same round; *own noise* is the share without. Gaps of attaching are not in it.\n\n"
        + table(HEAD, rows))


def row(name, rate, seconds, measured, first):
    share = lambda gaps: gaps["sum_ns"] / seconds / 1e7
    taken = lambda pairs: [share(within) - share(without) for within, without in pairs]
    longest = lambda side: median(gaps[side]["longest_ns"] for gaps in measured) / 1e3
    own = taken(measured)
    # What hardly differs from noise is no divisor.
    ratios = [a / b for a, b in zip(own, taken(first or [])) if b > 0.01]
    return [
        name, f"{rate} Hz", number(median(own), 2) + " %", f"{min(own):.2f} to {max(own):.2f}",
        number(median(ratios)) + "×" if ratios else "–",
        number(median(share(without) for _, without in measured), 2) + " %",
        number(longest(0), 0) + " µs", number(longest(1), 0) + " µs",
    ]


def pair(profiler, library, rate, seconds, first_without):
    """Gaps (with the profiler, without it)."""
    with Target(profiler.python, library, "gaps") as target:
        without = target.gaps(seconds) if first_without else None
        with Running(profiler, target, rate) as running:
            within = target.gaps(seconds)
            running.stop()
        return within, without or target.gaps(seconds)
