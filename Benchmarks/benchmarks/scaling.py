"""What a profiler uses, and how many of the samples asked for it takes."""

from .profilers import Failed, Running
from .place import skip
from .table import failed, number, table
from .target import Target

HEAD = ["profiler", "threads", "samples", "of asked", "CPU/sample", "CPU in all", "attach", "finish",
        "peak memory", "file/sample"]


def measure(profilers, library, thread_counts, rate, seconds, progress):
    rows = []
    for threads in thread_counts:
        for profiler in profilers:
            progress(f"rate: {profiler.name} with {threads} threads")
            try:
                rows.append(row(profiler, library, threads, rate, seconds))
            except Failed as error:
                skip(profiler.name, error)
                rows.append(failed(profiler.name, len(HEAD), error))
    return (
        "## Rate, CPU, memory\n\n"
        f"{seconds} s at {rate} Hz of a process in which two threads (of 1: the one) are busy without the "
        "GIL and the others sleep. *Of asked*: samples of the busy threads over rate × the CPU time "
        "that they say they used, all within the recording (py-spy and Tachyon sample by the wall clock, so they exceed 100 % where CPUs are "
        "short). *CPU/sample*: CPU time of the profiler while recording over those samples, "
        "*CPU in all* from its start to its end. *Attach* is the time from its start until it samples "
        "(Tachyon: all but the sampling, its end included), *finish* that from SIGINT to its end. "
        "*File/sample* where the output keeps each sample. What `perf record` does not do in this "
        "table, unwinding and naming, `perf script` does afterwards.\n\n"
        + table(HEAD, rows))


def row(profiler, library, threads, rate, seconds):
    with Target(profiler.python, library, "busy", str(threads)) as target:
        with Running(profiler, target, rate) as running:
            used = running.cpu()
            busy = target.be_busy(seconds)
            used = running.cpu() - used
            running.stop()
        if running.samples == 0:
            raise Failed("no samples")
        size = number(running.bytes / running.samples) + " B" if profiler.writes_samples else "–"
        return [
            profiler.name, threads, running.samples,
            number(100 * running.samples / (rate * busy)) + " %",
            number(used * 1e6 / running.samples, 0) + " µs", number(running.cpu_s, 2) + " s",
            number(running.attach_seconds() * 1e3, 0) + " ms",
            number(running.finish_s * 1e3, 0) + " ms",
            number(running.peak_kib / 1024, 0) + " MiB", size,
        ]
