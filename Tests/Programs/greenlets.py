"""Greenlets that burn CPU, each in functions of its own, and switch in the middle of C calls.

They are started at different depths of the main greenlet's stack, so that each one's C stack lies
in a different place, and is moved to the heap and back while others run. Needs `greenlet`; with
`--gevent` gevent's own greenlets do the same, and switch when they sleep.
"""

import argparse
import functools
import sys
import time

import handshake

SPENT = {}


def burn(path, seconds):
    """Burns, and accounts it to the functions that lead here."""
    start = now = time.thread_time()
    while now - start < seconds:
        for turn in range(2000):
            turn * turn
        now = time.thread_time()
    SPENT[path] = SPENT.get(path, 0) + now - start


def red(switch, rounds):
    for _ in range(rounds):
        burn("red burn", 0.01)
        # By way of C, which the switch leaves behind on the stack.
        sorted([1, 2], key=functools.partial(red_inside, switch))


def red_inside(switch, value):
    burn("red red_inside burn", 0.005)
    switch()
    return value


def blue(switch, rounds):
    for _ in range(rounds):
        functools.reduce(lambda total, value: blue_inside(switch), [1, 2])


def blue_inside(switch):
    for _ in blue_values():
        switch()
    return 0


def blue_values():
    for _ in range(2):
        burn("blue <lambda> blue_inside blue_values burn", 0.005)
        yield None


def green(switch, rounds):
    for _ in range(rounds):
        switch()
        burn("green burn", 0.015)


def deeper(depth, then):
    """Calls `then` with some C frames of the main greenlet below it."""
    if depth == 0:
        return then()
    return list(map(lambda _: deeper(depth - 1, then), [0]))[0]


def run_greenlets(rounds):
    import greenlet

    main = greenlet.getcurrent()
    started = []
    for depth, body in ((0, red), (7, blue), (3, green)):
        worker = greenlet.greenlet(body)
        started.append(worker)
        deeper(depth, lambda: worker.switch(main.switch, rounds))
    while any(not worker.dead for worker in started):
        for worker in started:
            if not worker.dead:
                deeper(len(started), worker.switch)
        burn_main()


def burn_main():
    burn("burn_main burn", 0.002)


def run_gevent(rounds):
    import gevent

    started = [gevent.spawn(body, lambda: gevent.sleep(0), rounds) for body in (red, blue, green)]
    gevent.joinall(started, raise_error=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--gevent", action="store_true")
    parser.add_argument("--packages", help="a directory to import greenlet and gevent from")
    arguments = parser.parse_args()
    if arguments.packages:
        sys.path.insert(0, arguments.packages)
    run = run_gevent if arguments.gevent else run_greenlets
    run(1)
    SPENT.clear()
    handshake.ready()
    run(arguments.rounds)
    paths = [{"python": path.split(), "cpu_s": spent} for path, spent in SPENT.items()]
    handshake.truth(paths=paths)


if __name__ == "__main__":
    main()
