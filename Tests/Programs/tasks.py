"""asyncio tasks that burn CPU in coroutines, generators and async generators, on two event loops."""

import argparse
import asyncio
import threading
import time

import handshake

SPENT = {}


def burn(path, seconds):
    """Burns, and accounts it to the task and to the functions that lead here from it."""
    start = now = time.thread_time()
    while now - start < seconds:
        for turn in range(2000):
            turn * turn
        now = time.thread_time()
    key = (NAMES[threading.get_ident()], path)
    SPENT[key] = SPENT.get(key, 0) + now - start


# co_qualname, which 3.8 to 3.10 have in the coroutine itself.
QUALIFIED = "coroutine"

# Of the task that runs, by thread: asked for once a round, so that default names stay numbers.
NAMES = {}


async def coroutine(rounds, name):
    for _ in range(rounds):
        NAMES[threading.get_ident()] = name
        burn("coroutine burn", 0.008)
        await inner(name)


async def inner(name):
    await asyncio.sleep(0)
    NAMES[threading.get_ident()] = name
    burn("coroutine inner burn", 0.004)


async def consumer(rounds, name):
    async for value in producer(rounds, name):
        NAMES[threading.get_ident()] = name
        burn("consumer burn", 0.004)


async def producer(rounds, name):
    for value in range(rounds):
        await asyncio.sleep(0)
        NAMES[threading.get_ident()] = name
        for _ in values(2):
            pass
        yield value


def values(count):
    for value in range(count):
        burn("consumer producer values burn", 0.003)
        yield value


async def run(rounds, prefix):
    started = [
        asyncio.ensure_future(coroutine(rounds, prefix + "alpha")),
        asyncio.ensure_future(coroutine(rounds, prefix + "bêta 测试")),
        asyncio.ensure_future(consumer(rounds, prefix + "gamma")),
    ]
    for task, name in zip(started, ("alpha", "bêta 测试", "gamma")):
        task.set_name(prefix + name)
    await asyncio.gather(*started)
    # One with a default name, which nobody asks for while it runs.
    unnamed = asyncio.ensure_future(coroutine(rounds, "?"))
    await unnamed
    # It is called by its coroutine, on either loop.
    for key in [key for key in SPENT if key[0] == "?"]:
        own = (QUALIFIED, key[1])
        SPENT[own] = SPENT.get(own, 0) + SPENT.pop(key)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--python", action="store_true", help="tasks written in Python")
    arguments = parser.parse_args()
    if arguments.python:
        asyncio.tasks.Task = asyncio.Task = asyncio.tasks._PyTask
        asyncio.tasks._enter_task = asyncio.tasks._py_enter_task
        asyncio.tasks._leave_task = asyncio.tasks._py_leave_task
    handshake.ready()
    thread = threading.Thread(
        target=lambda: asyncio.run(run(arguments.rounds, "other ")), name="other")
    asyncio.run(run(arguments.rounds, "main "))
    thread.start()
    thread.join()
    paths = [
        {"task": name, "python": path.split(), "cpu_s": spent}
        for (name, path), spent in SPENT.items()]
    handshake.truth(paths=paths)


if __name__ == "__main__":
    main()
