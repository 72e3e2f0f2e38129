"""Two waits in turn that together take as long as a period at 100 Hz: 3 ms, and what is left of 10 ms."""

import argparse
import time

import handshake


def wait_short():
    begin = time.perf_counter()
    time.sleep(0.0029)
    return time.perf_counter() - begin


def wait_long(until):
    begin = time.perf_counter()
    time.sleep(max(0, until - begin))
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=6)
    arguments = parser.parse_args()
    handshake.ready()
    begin = time.perf_counter()
    short = long = 0
    for turn in range(1, int(arguments.seconds * 100)):
        short += wait_short()
        long += wait_long(begin + turn / 100)
    handshake.truth(short_s=short, long_s=long)


main()
