"""Calls, returns and nothing else: the hardest program to read without tearing.

The ready line lists every (caller, callee) pair of this file's functions that can occur, taken
from the program's own syntax tree. A recorded stack with another pair never existed.
`--verify` checks the table against what the interpreter itself reports (sys.setprofile).
"""

import argparse
import ast
import functools
import sys
import time

import handshake


def walk_root(turn):
    return walk_a(turn) + walk_b(turn) + walk_sorted(turn) + walk_generator(turn)


def walk_a(turn):
    return leaf_one(turn) + walk_c(turn + 1)


def walk_b(turn):
    if turn & 1:
        return walk_c(turn) + leaf_two(turn)
    return walk_d(turn) - leaf_one(turn)


def walk_c(turn):
    return leaf_two(turn) + walk_reduce(turn) if turn % 3 else leaf_three(turn)


def walk_d(turn):
    return walk_recursive(turn & 7) + leaf_three(turn)


def walk_recursive(depth):
    if depth <= 0:
        return leaf_one(depth)
    return walk_recursive(depth - 1) + 1


def walk_sorted(turn):
    return sorted((turn, turn + 1, turn + 2), key=key_of)[0]


def key_of(value):
    return leaf_two(value) if value & 1 else -value


def walk_reduce(turn):
    return functools.reduce(combine, (turn, 1, 2))


def combine(left, right):
    return leaf_three(left) + right


def walk_generator(turn):
    total = 0
    for value in produce(turn & 3):
        total += leaf_one(value)
    return total


def produce(count):
    for value in range(count + 1):
        yield leaf_four(value)


def leaf_one(value):
    return value + 1


def leaf_two(value):
    return value ^ 5


def leaf_three(value):
    return value & 255


def leaf_four(value):
    return value * 2


PREFIXES = ("walk_", "leaf_", "key_of", "combine", "produce")


def declared_pairs():
    """Pairs [caller, callee] from the source: a function may call what its body names."""
    with open(__file__) as source:
        tree = ast.parse(source.read())
    bodies = {
        node.name: node for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith(PREFIXES)
    }
    pairs = [["work", "walk_root"]]
    for caller, body in bodies.items():
        named = {node.id for node in ast.walk(body) if isinstance(node, ast.Name)}
        pairs.extend([caller, callee] for callee in sorted(named & set(bodies)))
    return pairs


def work(seconds):
    start = now = time.thread_time()
    turns = 0
    while now - start < seconds:
        for turn in range(500):
            walk_root(turn)
        turns += 500
        now = time.thread_time()
    return turns, now - start


def verify(pairs):
    """Runs under the interpreter's own profiler; pairs that occurred must be the declared ones."""
    seen = set()

    def note(frame, event, argument):
        if event == "call" and frame.f_back is not None:
            seen.add((frame.f_back.f_code.co_name, frame.f_code.co_name))

    sys.setprofile(note)
    work(0.5)
    sys.setprofile(None)
    declared = set(map(tuple, pairs))
    return {
        "undeclared": sorted(seen - declared - {("verify", "work")}),
        "never_seen": sorted(declared - seen),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--verify", action="store_true")
    arguments = parser.parse_args()
    pairs = declared_pairs()
    if arguments.verify:
        handshake.truth(**verify(pairs))
        return
    handshake.ready(root="work", pairs=pairs)
    turns, burned = work(arguments.seconds)
    # At its end the interpreter frees code objects whose names may be wanted yet.
    time.sleep(0.1)
    handshake.truth(cpu_s=burned, turns=turns)


if __name__ == "__main__":
    main()
