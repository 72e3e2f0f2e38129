"""Garbage collections of a large heap, some of which run finalizers written in Python."""

import argparse
import gc
import time

import burning
import handshake


class Node:
    """Part of a cycle, so that only the collector frees it."""

    def __init__(self):
        self.itself = self


class Finalized(Node):
    spent = 0.0

    def __del__(self):
        Finalized.spent += burning.burn(0.004)


def collect_explicitly():
    start = time.thread_time()
    gc.collect()
    return time.thread_time() - start


def collect_with_finalizers():
    for _ in range(5):
        Finalized()
    return collect_explicitly()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="of each kind of work")
    parser.add_argument("--objects", type=int, default=300000)
    arguments = parser.parse_args()
    gc.disable()
    heap = [Node() for _ in range(arguments.objects)]
    gc.collect()
    handshake.ready(objects=len(heap))
    explicit = own = finalizing = 0
    while explicit < arguments.seconds:
        explicit += collect_explicitly()
        own += burning.burn(0.05)
    while Finalized.spent < arguments.seconds / 4:
        finalizing += collect_with_finalizers()
    handshake.truth(
        explicit_s=explicit, own_s=own, finalizing_s=finalizing, finalizers_s=Finalized.spent)


if __name__ == "__main__":
    main()
