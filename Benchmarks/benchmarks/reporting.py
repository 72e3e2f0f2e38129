"""How long a report of a million samples takes."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from statistics import median

from . import place
from .table import number, table
from .target import Target

# A perf.data of a million samples would be tens of gigabytes: its time is scaled from fewer.
PERF_SECONDS = 3
MILLION = 1_000_000
FORMS = ["text", "svg", "folded", "json", "pprof", "firefox"]


def measure(rounds, library, progress):
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
    text = (
        head + f"A made-up recording of 8 threads ({size:.1f} MB, 20,000 distinct stacks of up to 60 frames), "
        f"median of {rounds} runs.\n\n"
        + table(["form", "time", "CPU", "peak memory", "size"], rows))
    progress("reports: perf script")
    return text + "\n\n" + perf(library)


def perf(library):
    """`perf script`, and the folding of its output, for a million samples."""
    path = place.perf()
    if not path:
        return "Not measured: `perf script`, there is no perf."
    rows = []
    with tempfile.TemporaryDirectory(prefix="hyflame-benchmark-") as directory:
        script = os.path.join(directory, "script")
        for way in ("fp", "dwarf"):
            data = os.path.join(directory, way)
            with Target(("host", sys.executable), library, "gaps") as target:
                recorder = subprocess.Popen(
                    [path, "record", "-q", "-e", "cpu-clock", "-F", "4000", "--call-graph", way, "-o",
                     data, "-p", str(target.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                target.gaps(PERF_SECONDS)
                recorder.send_signal(signal.SIGINT)
                recorder.wait()
            with open(script, "w") as file:
                start = time.monotonic()
                subprocess.run([path, "script", "-i", data], stdout=file, stderr=subprocess.DEVNULL)
                seconds = time.monotonic() - start
            with open(script, errors="replace") as file:
                samples = sum(1 for line in file if line.strip() and not line[0].isspace())
            if samples == 0:
                place.skip("perf script", "perf recorded no sample")
                return "Not measured: `perf script`, perf recorded no sample."
            rows.append([f"perf script, --call-graph {way}", samples, number(seconds, 2) + " s",
                         number(seconds * MILLION / samples, 0) + " s"])
            if tool := folding_tool():
                start = time.monotonic()
                with open(script) as file:
                    subprocess.run([tool], stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                spent = time.monotonic() - start
                rows.append([f"{os.path.basename(tool)}, after it", samples, number(spent, 2) + " s",
                             number(spent * MILLION / samples, 0) + " s"])
    return ("What perf does for the same: samples of one thread with 20 Python frames, scaled to a "
            "million:\n\n" + table(["tool", "samples", "time", "for a million"], rows))


def folding_tool():
    names = ["inferno-collapse-perf", "stackcollapse-perf.pl", "stackcollapse-perf"]
    return next((path for path in map(shutil.which, names) if path), None)


def run(recording, form, output):
    """(seconds, CPU seconds, peak KiB)"""
    start = time.monotonic()
    process = subprocess.Popen(
        [place.HYFLAME, "report", recording, "--format", form, "--force", "-o", output],
        stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"hyflame report --format {form} failed")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss
