"""How long a report of a million samples takes."""

import os
import subprocess
import tempfile
import time
from statistics import median

from . import place
from .table import number, table

FORMS = ["text", "svg", "folded", "json", "pprof", "firefox"]


def measure(rounds, progress):
    head = "## Reports of a million samples\n\n"
    if not os.access(place.TEST_RECORDINGS, os.X_OK):
        place.skip("reports", "TestRecordings is not built (make bench builds it)")
        return head + "Not measured: TestRecordings is not built."
    with tempfile.TemporaryDirectory(prefix="hyflame-benchmark-") as directory:
        recording = os.path.join(directory, "long.data")
        progress("reports: writing a million samples")
        subprocess.run([place.TEST_RECORDINGS, "long", recording], check=True)
        size = os.path.getsize(recording) / 1e6
        rows = []
        for form in FORMS:
            progress(f"reports: {form}")
            output = os.path.join(directory, "report." + form)
            runs = [run(recording, form, output) for _ in range(rounds)]
            rows.append([
                form, number(median(run[0] for run in runs), 2) + " s",
                number(median(run[1] for run in runs), 2) + " s",
                number(max(run[2] for run in runs) / 1024, 0) + " MiB",
                number(os.path.getsize(output) / 1e6, 2) + " MB"])
    return (
        head + f"A made-up recording of 8 threads ({size:.1f} MB, 20,000 distinct stacks of up to 60 frames), "
        f"median of {rounds} runs.\n\n"
        + table(["form", "time", "CPU", "peak memory", "size"], rows))


def run(recording, form, output):
    """(seconds, CPU seconds, peak KiB)"""
    start = time.monotonic()
    process = subprocess.Popen(
        [place.HYFLAME, "report", recording, "--format", form, "-o", output],
        stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"hyflame report --format {form} failed")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss
