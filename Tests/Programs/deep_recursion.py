"""Deep stacks of known depth: pure Python, and Python -> C -> Python at every level."""

import argparse
import sys
import threading

import handshake
from burning import burn


def descend_even(depth, seconds):
    if depth == 0:
        return burn(seconds)
    return descend_odd(depth - 1, seconds)


def descend_odd(depth, seconds):
    if depth == 0:
        return burn(seconds)
    return descend_even(depth - 1, seconds)


def descend_native(depth, seconds):
    """Each level goes through map's C frames, so each has an interpreter activation of its own."""
    if depth == 0:
        return burn(seconds)
    return next(map(descend_native, [depth - 1], [seconds]))


def run(arguments, result):
    result.append({
        "kind": "python", "depth": arguments.depth, "innermost": "burn",
        "functions": ["descend_even", "descend_odd"],
        # descend_even(depth) and one more activation for each level below it
        "activations": arguments.depth + 1, "cpu_s": descend_even(arguments.depth, arguments.seconds),
    })
    result.append({
        "kind": "native", "depth": arguments.native_depth, "innermost": "burn",
        "functions": ["descend_native"], "activations": arguments.native_depth + 1,
        "cpu_s": descend_native(arguments.native_depth, arguments.seconds),
    })


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--depth", type=int, default=5000)
    parser.add_argument("--native-depth", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU seconds, each kind")
    arguments = parser.parse_args()
    sys.setrecursionlimit(max(arguments.depth, 4 * arguments.native_depth) + 1000)
    threading.stack_size(512 * 1024 * 1024)
    handshake.ready()
    result = []
    thread = threading.Thread(target=run, args=(arguments, result), name="deep")
    thread.start()
    thread.join()
    handshake.truth(stacks=result)


if __name__ == "__main__":
    main()
