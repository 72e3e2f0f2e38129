#!/usr/bin/env python3
"""Compares hyflame's native stacks with those of `perf record --call-graph dwarf` and `perf script`.

    Scripts/native-agreement.py [--python PYTHON] [--library NAME | PROGRAM [ARGUMENT...]]

One process is recorded by both in turns. For each function of the target's own code, *self* is the share
of samples in which it is innermost, *total* the share of those in which it is anywhere on the stack. The
20 functions that perf finds largest, of either kind, must agree within 2 points.

PROGRAM prints one line when it is ready, works from the next line of its input on, and is killed at the
end; Tests/Programs/native_mix.py if none is named. --library takes a workload of native-stacks.py.

Functions are told apart by file and address, since they have several names; what perf cannot name begins
where call frame information says. Of functions out of which perf finds no way (assembly of
OpenSSL, say), it knows no callers: their samples count for *self* only, with both. Exit status 1 if they
disagree, 3 where there is no perf.
"""

import argparse
import bisect
import collections
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import typing

from native_programs import RUN, STARTS, WORK, function_starts, load_segments

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COUNT, MOST_POINTS = 20, 2.0
# What perf copies of each stack: enough for the programs here.
STACK_BYTES = 32768
KERNEL = None


class Shares:
    """How much of the samples each function was in."""

    def __init__(self):
        # By stack, innermost function first.
        self.stacks = collections.Counter()

    def add(self, stacks):
        for weight, stack in stacks:
            self.stacks[stack] += weight

    def dead_ends(self, names):
        """Functions whose callers are missing in more than half of their samples."""
        lost, whole = collections.Counter(), collections.Counter()
        for stack, weight in self.stacks.items():
            (whole if names.get(stack[-1]) in STARTS else lost)[stack[0]] += weight
        return {function for function in lost if lost[function] > whole[function]}

    def shares(self, kind, without):
        """Per cent of all samples, by function."""
        counts = collections.Counter()
        for stack, weight in self.stacks.items():
            if kind == "self" or stack[0] not in without:
                for function in {stack[0]} if kind == "self" else set(stack):
                    counts[function] += weight
        total = sum(self.stacks.values())
        del counts[KERNEL]
        return collections.Counter({one: 100 * count / total for one, count in counts.items()})


class Files:
    """Where functions begin in the files of the target."""

    def __init__(self):
        self.known = {}

    def facts(self, path):
        """Its segments, and the starts of functions with call frame information."""
        if path not in self.known:
            there = os.path.exists(path)  # [vdso] is not
            self.known[path] = (
                load_segments(path) if there else [], sorted(function_starts(path) or ()) if there else [])
        return self.known[path]

    def link_address(self, path, place):
        """Of an offset in the file."""
        for offset, address, size in self.facts(path)[0]:
            if offset <= place < offset + size:
                return place - offset + address
        return place

    def start(self, path, place):
        """Of the function with call frame information around an offset."""
        return self.containing(path, self.link_address(path, place))

    def containing(self, path, address):
        starts = self.facts(path)[1]
        index = bisect.bisect_right(starts, address)
        return starts[index - 1] if index else address


class Function(typing.NamedTuple):
    """What is one function for both: its file's name and its link-time address."""

    module: str
    start: int


def stacks(script, function):
    """(weight, frames) of the text of `perf script`; `function` makes something of (address, name,
    offset, module, is innermost)."""
    weight, frames = 1, []
    for line in [*script.splitlines(), ""]:
        if match := FRAME.match(line):
            address, name, offset, module = match.groups()
            frames.append(function(
                int(address, 16), name, int(offset or "0", 16), module, not frames))
        elif match := WEIGHT.search(line):
            weight = int(match[1])
        elif not line.strip() and frames:
            yield weight, tuple(frames)
            frames = []


FRAME = re.compile(r"\s+([0-9a-f]+) (.*?)(?:\+0x([0-9a-f]+))? \((\S*(?: \(deleted\))?)\)$")
WEIGHT = re.compile(r": +(\d+) task-clock:")


def perf_stacks(data, files, names):
    """`names` learns what perf calls its functions."""

    def function(address, name, offset, path, innermost):
        if address >= 1 << 63 or path.startswith("[kernel") or path.endswith(".ko"):
            return KERNEL
        # Addresses are offsets in the file. Of an unnamed caller, the return may be the next function's.
        start = (files.start(path, address if innermost else address - 1) if name == "[unknown]"
                 else files.link_address(path, address - offset))
        found = Function(os.path.basename(path), start)
        names[found] = f"+0x{start:x}" if name == "[unknown]" else name
        return found

    script = subprocess.run(
        ["perf", "script", "-i", data, "--no-inline", "-F", "ip,sym,symoff,dso"], check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode(errors="replace")
    return stacks(script, function)


def hyflame_stacks(hyflame, data, files, names):
    def function(address, _, offset, path, __):
        if path == "[kernel]":
            return KERNEL
        found = Function(os.path.basename(path), address - offset)
        # Where a line was looked for, it is an address in the function.
        return found if found in names else found._replace(start=files.containing(path, found.start))

    script = subprocess.run(
        [hyflame, "report", data, "--perf-script", "--plumbing", "--native-only", "--no-inline",
         "-o", "-"], check=True, stdout=subprocess.PIPE).stdout.decode()
    return stacks(script, function)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_for(seconds, pid, command):
    """Runs a recorder until the process has used so much CPU time: the machine may be busy."""
    recorder = subprocess.Popen(command, stdout=sys.stderr)
    end = cpu_seconds(pid) + seconds
    while cpu_seconds(pid) < end and recorder.poll() is None:
        time.sleep(0.02)
    recorder.send_signal(signal.SIGINT)
    if recorder.wait() not in (0, -signal.SIGINT):
        sys.exit(f"native-agreement: {command[0]} failed")


def record(options, pid, folder):
    """Two lists of files."""
    ours, theirs = [], []
    for turn in range(options.turns):
        ours.append(f"{folder}/hyflame.{turn}.data")
        theirs.append(f"{folder}/perf.{turn}.data")
        run_for(options.seconds, pid, [
            options.hyflame, "record", "-q", "-r", str(options.rate), "--capture", options.capture,
            "-o", ours[-1], "-p", str(pid)])
        run_for(options.seconds, pid, [
            "perf", "record", "-q", "-e", "cpu-clock", "-F", str(options.rate), "--call-graph",
            f"dwarf,{STACK_BYTES}", "-o", theirs[-1], "-p", str(pid)])
    return ours, theirs


def compare(ours, theirs, names):
    """Prints a table for either kind; returns the largest distance."""
    most, dead_ends = 0.0, theirs.dead_ends(names)
    for kind in ("self", "total"):
        left, right = theirs.shares(kind, dead_ends), ours.shares(kind, dead_ends)
        print(f"\n| {kind} | perf | hyflame | points |\n|---|---|---|---|")
        for function, share in left.most_common(COUNT):
            points = right[function] - share
            most = max(most, abs(points))
            print(f"| {names[function][:80]} ({function.module}) | {share:.2f} % "
                  f"| {right[function]:.2f} % | {points:+.2f} |")
    return most


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--hyflame", default=os.path.join(ROOT, ".build/release/hyflame"))
    parser.add_argument("--library", help="of native-stacks.py")
    parser.add_argument("--capture", default="auto", help="of hyflame record")
    parser.add_argument("--rate", type=int, default=997)
    parser.add_argument("--seconds", type=float, default=3, help="of CPU time, for one turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("program", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not shutil.which("perf"):
        print("SKIPPED: there is no perf (Debian: linux-perf)")
        return 3
    with tempfile.TemporaryDirectory() as folder:
        program = options.program or [os.path.join(ROOT, "Tests/Programs/native_mix.py")]
        if options.library:
            source = next(text for name, text in WORK.items() if name.startswith(options.library))
            with open(f"{folder}/program.py", "w") as file:
                file.write(source + RUN)
            program = [file.name, "1000"]
        # Threads of libraries wait for each other on the CPU, how long depends on what else runs.
        alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        target = subprocess.Popen(
            [options.python, *program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **alone})
        try:
            if not target.stdout.readline():
                sys.exit("native-agreement: the program did not get ready")
            target.stdin.write(b"\n")
            target.stdin.flush()
            time.sleep(0.5)
            files = record(options, target.pid, folder)
        finally:
            target.kill()
            target.wait()
        ours, theirs, found, names = Shares(), Shares(), Files(), {}
        for file in files[1]:
            theirs.add(perf_stacks(file, found, names))
        for file in files[0]:
            ours.add(hyflame_stacks(options.hyflame, file, found, names))
    count = sum(theirs.stacks.values())
    if count < 1000:
        sys.exit(f"native-agreement: perf has only {count} samples")
    most = compare(ours, theirs, names)
    print(f"\n{count} samples of perf; at most {most:.2f} points apart")
    return 1 if most > MOST_POINTS else 0


if __name__ == "__main__":
    sys.exit(main())
