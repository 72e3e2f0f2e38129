"""Modules that are compiled, run for half a millisecond and freed, at the same addresses again and again.

Each has its number in its file's name, in its function's and in its class's, and both run within it: a stack of
two numbers never existed, nor a function or a class that is not called by its module.
"""

import argparse
import time

import handshake


def run(number):
    source = (
        f"def made_{number}(x):\n"
        f"  y = x\n"
        f"  for i in range(900): y = i\n"
        f"  return y\n"
        f"class Made_{number}:\n"
        f"  a = 1\n"
        f"  for i in range(300): b = i\n"
        f"for turn in range(600): last = turn\n")
    names = {}
    exec(compile(source, f"/made/{number}.py", "exec"), names)
    names[f"made_{number}"](1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3)
    arguments = parser.parse_args()
    handshake.ready()
    end = time.thread_time() + arguments.seconds
    number = 0
    while time.thread_time() < end:
        run(number)
        number += 1
    handshake.truth(made=number)


main()
