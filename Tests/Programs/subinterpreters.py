"""Threads that run code of a sub-interpreter in the middle of their own.

Each thread makes an interpreter, burns CPU in its own code, and in the sub-interpreter's, called
from there. From 3.12 on each sub-interpreter has a GIL of its own, and the threads run at once.

With --elsewhere the main thread makes an interpreter, and another thread runs it: up to 3.12 with a
thread state that carries the main thread's id.
"""

import argparse
import json
import os
import sys
import threading

import burning
import handshake

try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        interpreters = None

INSIDE = """
import json, os, sys, time
sys.path.insert(0, {directory!r})
import burning
def deeper(seconds):
    return burning.burn(seconds)
def inside(seconds):
    start = time.thread_time()
    # By way of C, so that it is an activation of its own.
    list(map(deeper, [seconds]))
    return time.thread_time() - start
os.write({report}, (json.dumps(inside({seconds})) + "\\n").encode())
"""


def run_inside(identifier, report, seconds):
    source = INSIDE.format(
        directory=os.path.dirname(os.path.abspath(__file__)), report=report, seconds=seconds)
    if hasattr(interpreters, "run_string"):
        return interpreters.run_string(identifier, source)
    return interpreters.exec(identifier, source)


def outer(turns, seconds, truth, identifier):
    """Alternates between the thread's own interpreter and another, if there is one."""
    read, write = os.pipe()
    own = inside = 0
    for _ in range(turns):
        own += burning.burn(seconds / turns)
        if identifier is not None:
            run_inside(identifier, write, seconds / turns)
            inside += json.loads(os.read(read, 100))
    truth.append({"tid": threading.get_native_id(), "own": own, "inside": inside})


def outer_with_its_own(turns, seconds, truth):
    outer(turns, seconds, truth, interpreters.create())


def run(target, *arguments):
    """Runs a function on another thread meanwhile."""
    thread = threading.Thread(target=target, args=arguments, name="other")
    thread.start()
    return thread


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--elsewhere", action="store_true")
    arguments = parser.parse_args()
    handshake.ready(available=interpreters is not None)
    truth = []
    work = (arguments.turns, arguments.seconds, truth)
    if interpreters is not None and arguments.elsewhere:
        # Kept here: up to 3.11 dropping the last reference ends the interpreter, which hangs on another
        # thread than its first.
        identifier = interpreters.create()
        thread = run(outer, *work, identifier)
        outer(*work, None)
        thread.join()
    elif interpreters is not None:
        thread = run(outer_with_its_own, *work)
        outer_with_its_own(*work)
        thread.join()
    handshake.truth(threads=truth, own_gil=sys.version_info >= (3, 12))


if __name__ == "__main__":
    main()
