#!/usr/bin/env python3
"""Compares a hyflame recording of the demo with `perf record -e cpu-clock` of the same program.

Perf knows neither Python nor the GIL, but it knows which shared object each sample fell into. The
tree modules of scikit-learn release the GIL for all that they do, so their share of perf's samples
must agree, within 3 points, with the share of on-CPU seconds that hyflame finds in the same
modules without the GIL. Newer versions of scikit-learn (1.9 seen) sort in a module of their own,
`_sorting`; both shares, without it and with it, must agree.

    Scripts/demo-referee.py [--hyflame PATH] [--recording FILE] [--json REPORT]

Run `make demo` first: the recording is .demo/hyflame.data. Exit status 1 if they disagree.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Groups of modules whose shares are compared, by the first part of the file name.
GROUPS = {
    "tree modules": re.compile(r"^_(tree|splitter|partitioner|criterion)\."),
    "and _sorting": re.compile(r"^_(tree|splitter|partitioner|criterion|sorting)\."),
}
MOST_POINTS = 3.0
PROGRAM = [".demo/venv/bin/python", "Demo/taxi.py", ".demo/rides.csv"]


def perf_shares(rate, keep):
    """Share of all samples that fell into each group of modules, and the number of samples."""
    with tempfile.TemporaryDirectory() as directory:
        data = keep or os.path.join(directory, "perf.data")
        subprocess.run(
            ["perf", "record", "-q", "-e", "cpu-clock", "-F", str(rate), "-o", data, "--"]
            + PROGRAM, cwd=ROOT, check=True, stdout=sys.stderr)
        report = subprocess.run(
            ["perf", "report", "-q", "-i", data, "--stdio", "--sort", "dso", "-F", "sample,dso"],
            check=True, stdout=subprocess.PIPE, text=True).stdout
    samples = {}
    for line in report.splitlines():
        match = re.match(r"\s*(\d+)\s+(\S.*?)\s*$", line)
        if match:
            samples[match[2]] = samples.get(match[2], 0) + int(match[1])
    total = sum(samples.values())
    if total == 0:
        sys.exit("demo-referee: perf recorded no sample")
    return {
        group: sum(count for module, count in samples.items() if pattern.match(module)) / total
        for group, pattern in GROUPS.items()
    }, total


def hyflame_shares(report):
    """Share of on-CPU seconds in each group of modules, by GIL state."""
    running = sum(
        state["seconds"] for state in report["states"] if state["cpu"] == "running")
    if running <= 0:
        sys.exit("demo-referee: the recording holds no on-CPU time")
    shares = {group: {} for group in GROUPS}
    for function in report["functions"]:
        module = os.path.basename(function.get("module") or "")
        for group, pattern in GROUPS.items():
            if pattern.match(module):
                for gil, seconds in function["self"].items():
                    shares[group][gil] = shares[group].get(gil, 0) + seconds / running
    return shares


def loaded_report(arguments):
    if arguments.json:
        with open(arguments.json) as file:
            return json.load(file)
    command = [arguments.hyflame, "report", arguments.recording, "--json", "-l", "0"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hyflame", default=os.path.join(ROOT, ".build/release/hyflame"))
    parser.add_argument("--recording", default=os.path.join(ROOT, ".demo/hyflame.data"))
    parser.add_argument("--json", help="a saved `hyflame report --json -l 0` instead of --recording")
    parser.add_argument("--rate", type=int, default=499, help="of perf, in Hz")
    parser.add_argument("--keep", help="keep perf's data in this file")
    parser.add_argument("--perf-only", action="store_true", help="print perf's share only")
    arguments = parser.parse_args()

    # Read first: it fails at once where perf would take half a minute.
    ours = None if arguments.perf_only else hyflame_shares(loaded_report(arguments))
    reference, count = perf_shares(arguments.rate, arguments.keep)
    print("perf: %d samples" % count)
    most = 0
    for group in GROUPS:
        print("%-14s perf %5.1f %%" % (group, reference[group] * 100), end="")
        if ours is not None:
            released = ours[group].get("released", 0) + ours[group].get("none", 0)
            apart = abs(released - reference[group]) * 100
            most = max(most, apart)
            print("   hyflame %5.1f %% GIL released, %.1f %% held   %.1f points apart" % (
                released * 100, ours[group].get("held", 0) * 100, apart), end="")
        print()
    if most > MOST_POINTS:
        sys.exit("demo-referee: more than %.1f points apart" % MOST_POINTS)


if __name__ == "__main__":
    main()
