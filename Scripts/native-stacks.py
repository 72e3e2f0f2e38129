#!/usr/bin/env python3
"""Records programs that live in native libraries, and counts what hyflame knows of their stacks.

    Scripts/native-stacks.py --python .venv-natives/bin/python [--seconds 5] [--rate 1000] [NAME...]

The interpreter needs the libraries: pip install numpy scipy scikit-learn pandas torch pydantic orjson
cryptography numba. A library that is missing is named and left out. Prints the table of Docs/Symbols.md:

  named       native frames with a function's name
  start       native frames without a symbol, named by the start of their function (an FDE)
  neither     the rest; code in no file counts here unless its maker named it
  to the end  stacks whose recorded root is the function in which the thread began

Frames are weighted by their time. Imports are over when the recording begins.
"""

import argparse, json, os, re, subprocess, sys, tempfile, time

from native_programs import RUN, STARTS, WORK, function_starts


def report(hyflame, data, *options):
    return subprocess.run([hyflame, "report", data, *options, "-o", "-"], check=True, stdout=subprocess.PIPE).stdout.decode()


def measure(hyflame, python, source, seconds, rate):
    with tempfile.TemporaryDirectory() as folder:
        data, program = f"{folder}/hyflame.data", f"{folder}/program.py"
        with open(program, "w") as file:
            file.write(source + RUN)
        # Imports are over when it begins: what is measured is the library at work.
        target = subprocess.Popen([python, program, str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if target.stdout.readline() != b"ready\n":
            target.wait()
            return None
        recorder = subprocess.Popen([hyflame, "record", "-q", "-r", str(rate), "-o", data, "-p", str(target.pid)])
        time.sleep(1)
        target.communicate(b"\n")
        if recorder.wait() != 0:
            return None
        summary = json.loads(report(hyflame, data, "--json", "-l", "0", "--plumbing"))
        text = " ".join(report(hyflame, data).split())
        notes = re.findall(r"\d+ native stacks \([^)]*\) end .*?(?= \d+ [a-z]+ (?:ticks|samples)|$)", text)
        folded = report(hyflame, data, "--folded", "--plumbing", "--native-only", "--no-inline", "-i")
    paths = {f["module"].rsplit("/", 1)[-1]: f["module"] for f in summary["functions"] if f["module"]}
    starts, counts, missing = {}, {"named": 0, "start": 0, "neither": 0, "stacks": 0, "cut": 0, "made": 0}, {}
    for line in folded.splitlines():
        stack, weight = line.rsplit(" ", 1)
        weight = int(weight)
        frames = [f for f in stack.split(";") if not f.endswith("_[k]") and not f.startswith("thread ")]
        if not frames or frames == ["[no stack]"]:
            continue
        counts["stacks"] += weight
        root = frames[0].split(" (")[0]
        if root not in STARTS:
            counts["cut"] += weight
            missing["ends at " + frames[0]] = missing.get("ends at " + frames[0], 0) + weight
        for frame in frames:
            match = re.fullmatch(r"(.+)\+0x([0-9a-f]+)", frame)
            kind = "named"
            if match:
                name, address = match.group(1), int(match.group(2), 16)
                if name not in starts:
                    path = paths.get(name, "")
                    starts[name] = function_starts(path) if os.path.exists(path) else set()
                kind = "start" if starts[name] is None or address in starts[name] else "neither"
            if kind == "neither":
                missing[frame] = missing.get(frame, 0) + weight
            counts[kind] += weight
            counts["made"] += weight if frame.startswith("[anonymous]") else 0
    return counts, summary, sorted(missing.items(), key=lambda item: -item[1])[:5], notes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=".venv-natives/bin/python")
    parser.add_argument("--hyflame", default=".build/release/hyflame")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--verbose", action="store_true", help="say what is missing")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    chosen = [n for n in WORK if not options.names or any(n.startswith(o) for o in options.names)]
    print("| library | samples | named | start | neither | to the end | merged exactly |")
    print("|---|---|---|---|---|---|---|")
    failed = False
    for name in chosen:
        found = measure(options.hyflame, options.python, WORK[name], options.seconds, options.rate)
        if found is None:
            print(f"SKIPPED: {name} cannot be imported", file=sys.stderr)
            continue
        counts, summary, missing, notes = found
        frames = counts["named"] + counts["start"] + counts["neither"]
        share = lambda count, of: f"{100 * count / max(of, 1):.2f} %"
        merge = summary["merge"]
        print(f"| {name} | {summary['recording']['samples']:,} | {share(counts['named'], frames)} "
              f"| {share(counts['start'], frames)} | {share(counts['neither'], frames)} "
              f"| {share(counts['stacks'] - counts['cut'], counts['stacks'])} "
              f"| {share(merge['exact'], merge['exact'] + merge['partial'] + merge['python_only'])} |", flush=True)
        failed |= counts["neither"] - counts["made"] > 0.01 * frames or counts["cut"] > 0.005 * counts["stacks"]
        if options.verbose:
            print(f"    {summary['recording']['lost']} records lost", file=sys.stderr)
            for what, weight in missing:
                print(f"    {share(weight, counts['stacks'])} {what}", file=sys.stderr)
            for note in notes:
                print("   ", note, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
