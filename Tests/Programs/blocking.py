"""Makes short system calls that block, each from lines of its own and through several callers.

A kernel function of a recorded stack tells which call was made, so that the Python line beside it can
be checked: each line that makes a call, or calls a function of this file, names it. A stack whose
Python side was read after the thread had gone on shows here.
"""

import argparse
import os
import threading
import time

import handshake


def first(descriptor):
    os.read(descriptor, 1)
    time.sleep(0.0001)


def second(descriptor):
    time.sleep(0.0001)
    os.read(descriptor, 1)


def both(descriptor):
    first(descriptor)
    second(descriptor)


def top(descriptor):
    both(descriptor)
    list(map(both, [descriptor]))


def work(end, descriptor):
    while time.monotonic() < end:
        top(descriptor)
        first(descriptor)


def feed(end, descriptor):
    """Lets the readers read, and never fills the pipe."""
    while time.monotonic() < end:
        time.sleep(0.0001)
        os.write(descriptor, b"x")
    os.close(descriptor)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    handshake.ready()
    end = time.monotonic() + options.seconds
    source, sink = os.pipe()
    feeder = threading.Thread(target=feed, args=(end, sink))
    feeder.start()
    work(end, source)
    feeder.join()
    time.sleep(0.1)
    handshake.truth()


if __name__ == "__main__":
    main()
