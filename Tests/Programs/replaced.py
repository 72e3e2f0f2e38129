"""Functions that are made, run for 2 ms and freed, at the same addresses again and again, for --seconds.

Each has its number in its own name, in that of its module's file and in that of the module's caller, so that
a stack of two numbers never existed. Between them strings of the program's data take the freed memory.
"""

import argparse
import time

import handshake


def run(number):
    source = (
        f"def made_{number}():\n"
        f"  while time.thread_time_ns() < end:\n"
        f"    for turn in range(300): pass\n"
        f"made_{number}()\n")
    end = time.thread_time_ns() + 2_000_000
    exec(compile(source, f"<made {number}>", "exec"), {"time": time, "end": end})
    return [f"secret {number} {turn}" for turn in range(50)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.5)
    arguments = parser.parse_args()
    handshake.ready()
    end = time.thread_time() + arguments.seconds
    number = 0
    while time.thread_time() < end:
        secrets = run(number)
        number += 1
    handshake.truth(made=number, last=secrets[-1])


main()
