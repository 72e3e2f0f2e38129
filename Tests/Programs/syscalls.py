"""Makes short system calls, each from lines of its own and through several callers.

A kernel function of a recorded stack tells which call was made, so that the Python line beside it can
be checked: each line that makes a call, or calls a function of this file, names it. A stack whose
Python side was read after the thread had gone on shows here.
"""

import argparse
import os
import time

import handshake


def first(descriptor, buffer):
    os.readv(descriptor, buffer)
    os.stat("/")


def second(descriptor, buffer):
    os.stat("/")
    os.readv(descriptor, buffer)


def both(arguments):
    first(*arguments)
    second(*arguments)


def top(arguments):
    both(arguments)
    list(map(both, [arguments]))


def work(seconds, arguments):
    start = time.thread_time()
    while time.thread_time() - start < seconds:
        top(arguments)
        first(*arguments)
    return time.thread_time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    descriptor = os.open("/dev/zero", os.O_RDONLY)
    handshake.ready()
    burned = work(options.seconds, (descriptor, [bytearray(65536)]))
    time.sleep(0.1)
    handshake.truth(cpu_s=burned)


if __name__ == "__main__":
    main()
