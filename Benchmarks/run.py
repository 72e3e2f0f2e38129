#!/usr/bin/env python3
"""Measures hyflame beside its peers and prints the tables of Docs/Benchmarks.md.

    Benchmarks/run.py [--quick] [--only SECTION …] [--write Docs/Benchmarks.md]

`make bench` builds what this needs and runs it. Sections: overhead rate samples unwinding reports torch.
What a machine lacks (a peer, a privilege) is skipped, with a line that says what.
"""

import argparse
import os
import platform
import signal
import subprocess
import sys
import time

from benchmarks import overhead, pauses, place, profilers, reporting, scaling, torch, unwinding

SECTIONS = ["overhead", "rate", "samples", "unwinding", "reports", "torch"]


def progress(text):
    print(f"[{time.monotonic() - START:5.0f} s] {text}", file=sys.stderr, flush=True)


def first_line(*command):
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return text.splitlines()[0] if text else ""
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine():
    with open("/proc/cpuinfo") as file:
        facts = dict(line.split(":", 1) for line in file if ":" in line)
        facts = {key.strip(): value.strip() for key, value in facts.items()}
    virtual = ", virtual" if "hypervisor" in facts.get("flags", "").split() else ""
    text = (f"{os.cpu_count()} CPUs ({facts.get('model name', 'unknown')}{virtual}), "
            f"Linux {platform.release()}, CPython {platform.python_version()}")
    peers = [first_line(path, "--version") for path in (place.py_spy(), place.perf()) if path]
    if newest := place.python_315():
        where, path = newest
        enter = ["chroot", place.TREE] if where == "tree" else []
        peers.append("Tachyon of " + first_line(*enter, path, "--version"))
    return text + "".join(", " + peer for peer in peers)


def load_average():
    return "{:.1f}".format(os.getloadavg()[0])


def measure(arguments):
    python = ("host", sys.executable)
    library = place.build_target()
    found = profilers.all_profilers(python)
    quick = arguments.quick
    run = {
        "overhead": lambda: overhead.measure(
            found, library, [1000] if quick else [100, 1000], 1 if quick else 4,
            1.0 if quick else 1.5, progress),
        "rate": lambda: scaling.measure(
            found, library, [8] if quick else [1, 8, 200], 1000, 1.5 if quick else 2.0, progress),
        "samples": lambda: pauses.measure(found, library, 1000, 2 if quick else 5, progress),
        "unwinding": lambda: unwinding.measure(python[1], progress),
        "reports": lambda: reporting.measure(1 if quick else 3, library, progress),
        "torch": lambda: torch.measure(5 if quick else 60, 1000, progress),
    }
    return [whole(section, run[section]) for section in SECTIONS if section in arguments.only]


def whole(section, measure_section):
    """One section; if it fails, the others are not lost."""
    try:
        return measure_section()
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        FAILED.append(section)
        progress(f"{section} failed: {error!r}")
        return f"## {section}\n\nNot measured: it failed."


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short run of everything")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--write", metavar="FILE", help="write the tables to this file too")
    arguments = parser.parse_args()
    if not os.access(place.HYFLAME, os.X_OK):
        sys.exit("there is no release build of hyflame: make build")
    # A shell's background job ignores SIGINT, and what it starts would, too: Tachyon could not be ended.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    load = load_average()
    sections = measure(arguments)
    command = "make bench-quick" if arguments.quick else "make bench"
    text = "\n\n".join([
        "# Benchmarks",
        f"Written by `{command}` ({time.strftime('%Y-%m-%d')}) on: {machine()}. "
        f"The machine's load before was {load}; figures of a busy machine mean little.",
        *sections]) + "\n"
    print(text)
    if arguments.write:
        with open(arguments.write, "w") as file:
            file.write(text)
    progress("done")
    if FAILED:
        sys.exit("failed: " + ", ".join(FAILED))


START = time.monotonic()
FAILED = []
if __name__ == "__main__":
    main()
