"""Burns CPU below exceptions that are thrown into generators and coroutines which wait for others.

Each way says which functions lead to its `burn`, and how much CPU that took.
"""

import argparse
import asyncio
import time

import handshake

SPENT = {}


def burn(path, seconds=0.01):
    start = now = time.thread_time()
    while now - start < seconds:
        for turn in range(2000):
            turn * turn
        now = time.thread_time()
    SPENT[path] = SPENT.get(path, 0) + now - start


def generator_leaf():
    try:
        yield 1
    except ValueError:
        burn("main throw generator_outer generator_middle generator_leaf burn")


def generator_middle():
    yield from generator_leaf()


def generator_outer():
    yield from generator_middle()


def throw():
    """generator.throw() through two delegating generators."""
    waiting = generator_outer()
    next(waiting)
    try:
        waiting.throw(ValueError())
    except StopIteration:
        pass


def closing_leaf():
    try:
        yield 1
    finally:
        burn("main close closing_leaf burn")


def closing_outer():
    yield from closing_leaf()


def close():
    """GeneratorExit: the delegating generator is not in the chain."""
    waiting = closing_outer()
    next(waiting)
    waiting.close()


class Once:
    def __await__(self):
        yield 1


async def coroutine_leaf():
    try:
        await Once()
    except ValueError:
        burn("main awaits coroutine_outer coroutine_leaf burn")


async def coroutine_outer():
    await coroutine_leaf()


def awaits():
    """coroutine.throw(), as a cancelled task does."""
    waiting = coroutine_outer()
    waiting.send(None)
    try:
        waiting.throw(ValueError())
    except StopIteration:
        pass


async def items():
    try:
        yield 1
    except ValueError:
        burn("main athrow items burn")
        yield 2


def athrow():
    """athrow() into an async generator."""
    waiting = items()
    for step in (waiting.__anext__, lambda: waiting.athrow(ValueError())):
        try:
            step().send(None)
        except StopIteration:
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args()
    handshake.ready()
    for turn in range(arguments.rounds):
        throw()
        close()
        awaits()
        athrow()
    handshake.truth(paths=[{"python": key.split(), "cpu_s": value} for key, value in SPENT.items()])


main()
