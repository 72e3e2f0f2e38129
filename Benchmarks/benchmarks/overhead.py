"""Time taken from a target that only reads the clock."""

from statistics import median

from .profilers import Failed, Running
from .place import skip
from .table import failed, number, table
from .target import Target

HEAD = ["profiler", "rate", "time taken", "of the pairs", "own noise", "longest gap",
        "longest without"]


def measure(profilers, library, rates, pairs, seconds, progress):
    rows = []
    for rate in rates:
        for profiler in profilers:
            progress(f"overhead: {profiler.name} at {rate} Hz")
            try:
                rows.append(row(profiler, library, rate, pairs, seconds))
            except Failed as error:
                skip(profiler.name, error)
                rows.append(failed(profiler.name, len(HEAD), error))
    return (
        "## Time taken from the target\n\n"
        "A thread with 20 Python frames on its stack reads the clock and adds up all gaps over 3 µs, "
        f"for {seconds} s with the profiler attached and as long without it, in the same process; every "
        "other time first without. *Time taken* is the difference of the two shares, the median of "
        f"{pairs} such pairs; *own noise* is the share without. Gaps of attaching are not in it.\n\n"
        + table(HEAD, rows))


def row(profiler, library, rate, pairs, seconds):
    measured = [pair(profiler, library, rate, seconds, index % 2 == 0) for index in range(pairs)]
    share = lambda gaps: gaps["sum_ns"] / seconds / 1e7
    taken = [share(within) - share(without) for within, without in measured]
    longest = lambda side: median(gaps[side]["longest_ns"] for gaps in measured) / 1e3
    return [
        profiler.name, f"{rate} Hz", number(median(taken), 2) + " %",
        f"{min(taken):.2f} to {max(taken):.2f}",
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
