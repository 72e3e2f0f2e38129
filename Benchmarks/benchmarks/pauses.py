"""Time per sample, and of what it consists."""

import os
import re
import signal
import subprocess
import tempfile
import time
from statistics import median

from . import place
from .profilers import Failed, Hyflame, Running
from .table import failed, number, table
from .target import Target

HEAD = ["samples taken", "samples", "p50", "p99", "longest", "in all", "calls p50", "calls p99"]
DEEP_HEAD = ["interpreter", "samples", "pause p50", "pause p99", "calls p50", "calls p99"]
DEEP_FRAMES = 50
PART_HEAD = ["part of a stop", "p50", "p99"]
EVENT = re.compile(r"\s*(\d+)\s+([\d.]+):\s+raw_syscalls:sys_(enter|exit): NR (\d+)(?: \((\w+))?")
# x86-64.
WAIT4, PTRACE, PROCESS_VM_READV = 61, 101, 310
PTRACE_CONT = "7"


def measure(profilers, library, rate, seconds, progress):
    rows, medians = [], {}
    for profiler in (one for one in profilers if isinstance(one, Hyflame)):
        progress(f"samples: {profiler.name}")
        try:
            report = record(profiler, library, rate, seconds)
        except Failed as error:
            place.skip(profiler.name, error)
            rows.append(failed(profiler.name, len(HEAD), error))
            continue
        pauses = report["pauses_us"]
        medians[profiler.capture] = pauses
        share = pauses["total"] / 1e4 / report["recording"]["duration_s"]
        calls = report["stop_system_calls"] if profiler.capture == "stop" else {}
        rows.append([
            profiler.name, pauses["count"], number(pauses["p50"]) + " µs",
            number(pauses["p99"]) + " µs", number(pauses["max"])
            + " µs", number(share, 2) + " %", calls.get("p50", "–"),
            calls.get("p99", "–")])
    text = (
        "## Time per sample\n\n"
        f"{seconds} s at {rate} Hz of the thread that reads the clock, by the recordings' own account. In the "
        "kernel: the time in the program that takes the sample. With stops: from the tick until the "
        "thread is let go on.\n\n" + table(HEAD, rows))
    stop = next((one for one in profilers if isinstance(one, Hyflame) and one.capture == "stop"), None)
    if stop and "stop" in medians:
        progress("samples: deep stacks")
        text += "\n\n" + deep(library, rate, min(seconds, 2))
        progress("samples: parts of a stop")
        text += "\n\n" + parts(stop, library, rate, seconds, medians["stop"])
    return text


def deep(library, rate, seconds):
    """System calls of a stop where the Python stack is deep."""
    rows = []
    for _, path in place.interpreters():
        version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout.strip()
        try:
            report = record(Hyflame(("host", path), "stop"), library, rate, seconds, depth=DEEP_FRAMES)
        except Failed as error:
            place.skip(version, error)
            rows.append(failed(version, len(DEEP_HEAD), error))
            continue
        pauses, calls = report["pauses_us"], report["stop_system_calls"]
        rows.append([version, pauses["count"], number(pauses["p50"]) + " µs",
                     number(pauses["p99"]) + " µs", calls["p50"], calls["p99"]])
    return (f"System calls of a stop, with {DEEP_FRAMES} Python frames on the stack:\n\n"
            + table(DEEP_HEAD, rows))


def record(profiler, library, rate, seconds, meanwhile=None, depth=20):
    with Target(profiler.python, library, "gaps", str(depth)) as target:
        with Running(profiler, target, rate) as running:
            if meanwhile:
                meanwhile(running.process.pid)
            target.gaps(seconds)
            running.stop()
    return profiler.last_report


def parts(profiler, library, rate, seconds, pause):
    """What the tracing thread does in a stop, by the kernel's trace of its system calls. `pause` is
    the pauses without that trace, µs."""
    perf = place.perf()
    if not perf:
        return "Not measured: the parts of a stop, which takes perf."
    with tempfile.TemporaryDirectory(prefix="hyflame-benchmark-") as directory:
        trace = os.path.join(directory, "trace")
        recorders = []

        def start(pid):
            recorders.append(subprocess.Popen(
                [perf, "record", "-q", "-e", "raw_syscalls:sys_enter,raw_syscalls:sys_exit", "-p",
                 str(pid), "-o", trace], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            time.sleep(0.5)

        record(profiler, library, rate, seconds, start)
        # It may have ended with the recorder.
        if recorders[0].poll() is None:
            recorders[0].send_signal(signal.SIGINT)
        recorders[0].wait()
        script = subprocess.run([perf, "script", "-i", trace, "--ns", "-F", "tid,time,event,trace"],
                                capture_output=True, text=True)
    stops = [stop for stop in stops_of(script.stdout.splitlines()) if stop["reading"] > 0]
    if not stops:
        place.skip("parts of a stop", "perf may not trace system calls here")
        return "Not measured: the parts of a stop; perf may not trace system calls here."
    rows = []
    def at(key, share):
        values = sorted(stop[key] for stop in stops)
        return values[len(values) * share // 100]

    # The recording counts from the tick, the trace from the moment in which the stop is noticed.
    rows.append(["waiting: tick until noticed"] + [
        number(max(0.0, pause[name] - at("whole", share))) + " µs"
        for name, share in [("p50", 50), ("p99", 99)]])
    for name, key in [
        ("reading: process_vm_readv, stack and Python frames", "reading"),
        ("other: ptrace, signal and registers", "ptrace"),
        ("other: hyflame's own code, and being traced", "own"),
        ("reading and other together", "whole"),
    ]:
        rows.append([name] + [number(at(key, share)) + " µs" for share in (50, 99)])
    return (
        f"The parts of {len(stops)} stops, by the kernel's trace of the tracing thread's system calls "
        "(some 0.5 µs for each call are the trace's); *waiting* is what the pauses of the table above have "
        "beyond that, percentile by percentile:\n\n" + table(PART_HEAD, rows))


def stops_of(lines):
    """Durations in µs, for each stop from the return of wait4 to PTRACE_CONT."""
    noticed, entered = {}, {}
    for line in lines:
        event = EVENT.match(line)
        if not event:
            continue
        thread, now, call = event[1], float(event[2].replace(".", "")) / 1e3, int(event[4])
        if event[3] == "enter":
            entered[thread] = now
            if call == PTRACE and event[5] == PTRACE_CONT and thread in noticed:
                start, spent = noticed.pop(thread)
                whole = now - start
                reading, ptrace = spent.get(PROCESS_VM_READV, 0.0), spent.get(PTRACE, 0.0)
                yield {"whole": whole, "reading": reading, "ptrace": ptrace,
                       "own": whole - reading - ptrace}
        elif call == WAIT4:
            noticed[thread] = (now, {})
        elif thread in noticed and thread in entered:
            spent = noticed[thread][1]
            spent[call] = spent.get(call, 0.0) + now - entered[thread]
