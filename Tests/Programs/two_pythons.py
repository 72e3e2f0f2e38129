"""Two interpreters in one process tree, which both work: --other PATH is the child's.

The ready line names the child's process, the truth what each of the two burned.
"""

import argparse
import json
import os
import subprocess
import sys

import handshake
from burning import burn


def parent_work(seconds):
    return burn(seconds)


def child_work(seconds):
    return burn(seconds)


def child(seconds):
    sys.stdin.readline()
    burned = child_work(seconds)
    print(json.dumps({"python": sys.version.split()[0], "cpu_s": burned}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--other", help="the child's interpreter")
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU seconds, each")
    arguments = parser.parse_args()
    if not arguments.other:
        child(arguments.seconds)
        return
    other = subprocess.Popen(
        [arguments.other, os.path.abspath(__file__), "--seconds", str(arguments.seconds)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)
    handshake.ready(child=other.pid)
    other.stdin.write("\n")
    other.stdin.flush()
    burned = parent_work(arguments.seconds)
    told, _ = other.communicate()
    handshake.truth(cpu_s=burned, child=json.loads(told))


if __name__ == "__main__":
    main()
