"""Threads that stand still from before a recorder comes, each in a function of its own.

Two have each other's lock. With --keep-gil the main thread waits without letting go of the GIL, in C, and
nobody else can do anything; without, it waits for the test as all programs do. Told to go on, it wakes one
thread, which burns CPU for --seconds; the others stand until the end.
"""

import argparse
import ctypes
import os
import threading
import time

import handshake
from burning import burn


def stuck_on_second(locks):
    locks[1].acquire()


def stuck_on_first(locks):
    locks[0].acquire()


def deadlocked(locks, own, stuck):
    locks[own].acquire()
    # Both have their own lock by then.
    while not (locks[0].locked() and locks[1].locked()):
        time.sleep(0.001)
    stuck(locks)


def sleeping():
    time.sleep(1000)


def waiting_for_an_event():
    threading.Event().wait()


def waiting_in_a_generator(descriptor):
    def items():
        os.read(descriptor, 1)
        yield

    list(items())


def woken(descriptor, seconds, result):
    os.read(descriptor, 1)
    result.append(burn(seconds))


def keep_the_gil():
    ctypes.PyDLL(None).read(0, ctypes.create_string_buffer(1), 1)


def wanting_the_gil(stop):
    while not stop:
        sum(range(1000))


def start(name, function, *arguments):
    thread = threading.Thread(target=function, name=name, args=arguments, daemon=True)
    thread.start()
    return thread.native_id if hasattr(thread, "native_id") else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep-gil", action="store_true")
    parser.add_argument("--seconds", type=float, default=0.3)
    options = parser.parse_args()
    locks = [threading.Lock(), threading.Lock()]
    reading, writing = os.pipe()
    never, _ = os.pipe()
    burned = []
    where = {}
    where["stuck_on_second"] = start("one", deadlocked, locks, 0, stuck_on_second)
    where["stuck_on_first"] = start("two", deadlocked, locks, 1, stuck_on_first)
    where["sleeping"] = start("three", sleeping)
    where["waiting_for_an_event"] = start("four", waiting_for_an_event)
    where["waiting_in_a_generator"] = start("five", waiting_in_a_generator, never)
    where["woken"] = start("six", woken, reading, options.seconds, burned)
    time.sleep(0.1)
    if options.keep_gil:
        where["keep_the_gil"] = os.getpid()
        stop = []
        where["wanting_the_gil"] = start("seven", wanting_the_gil, stop)
        handshake.announce(where=where)
        keep_the_gil()
        stop.append(True)
    else:
        where["ready"] = os.getpid()
        handshake.ready(where=where)
    os.write(writing, b"x")
    while not burned:
        time.sleep(0.02)
    handshake.truth(cpu_s=burned[0])
    os._exit(0)


if __name__ == "__main__":
    main()
