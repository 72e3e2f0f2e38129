"""A mix of Python, native and sleeping time whose shares the program knows.

The truth line lists `paths`: where CPU was burned (Python frames, then frames of the C library,
both outermost first and contiguous in their own kind), by which thread, in which GIL state, and
how many CPU seconds the thread's own clock measured there. Everything a thread burned outside of
these paths is its `other_cpu_s`.
"""

import argparse
import ctypes
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
import handshake  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
# The C frames in which each entry point's cpu[0], cpu[1] were burned.
NATIVE_PATHS = {
    "burn_alpha": [["burn_alpha"]],
    "burn_beta": [["burn_beta", "beta_middle", "grind"]],
    "burn_gamma": [["burn_gamma"], ["burn_gamma", "beta_middle", "grind"]],
}


class Library:
    """The C library twice: `held` keeps the GIL during a call, `released` lets it go."""

    def __init__(self, path):
        self.held = self.prototyped(ctypes.PyDLL(path))
        self.released = self.prototyped(ctypes.CDLL(path))
        self.released.calibrate()

    @staticmethod
    def prototyped(library):
        for name in NATIVE_PATHS:
            function = getattr(library, name)
            function.argtypes = [ctypes.c_double, ctypes.POINTER(ctypes.c_double)]
            function.restype = None
        library.nap.argtypes = [ctypes.c_double]
        library.nap.restype = None
        return library


class Account:
    """What one thread burned, by path."""

    def __init__(self, name):
        self.name = name
        self.tid = 0
        self.cpu = 0.0
        self.seconds = {}
        self.blocked = {}

    def add(self, python, native, gil, seconds):
        key = (tuple(python), tuple(native), gil)
        self.seconds[key] = self.seconds.get(key, 0.0) + seconds

    def add_native(self, python, function, gil, cpu):
        for native, seconds in zip(NATIVE_PATHS[function], cpu):
            self.add(python, native, gil, seconds)


# Python functions that burn. Nothing but arithmetic between two readings of the clock.

def python_gamma(seconds):
    start = now = time.thread_time()
    value = 1
    while now - start < seconds:
        for _ in range(6000):
            value = (value * 1103515245 + 12345) & 0x7FFFFFFF
        now = time.thread_time()
    return now - start


def python_delta(seconds):
    start = now = time.thread_time()
    value = 0.5
    while now - start < seconds:
        for step in range(6000):
            value = value * 0.999 + step
        now = time.thread_time()
    return now - start


def python_outer(seconds):
    burned = python_delta(seconds)
    return burned


def phase_python(account, library, seconds):
    account.add(["phase_python", "python_gamma"], [], "held", python_gamma(seconds * 0.5))
    account.add(["phase_python", "python_delta"], [], "held", python_delta(seconds * 0.2))
    account.add(
        ["phase_python", "python_outer", "python_delta"], [], "held", python_outer(seconds * 0.3))


# Each native call has a Python caller of its own, so that one C function has several paths and
# the caller's name says which GIL state is right.

def held_alpha(library, seconds, cpu):
    library.held.burn_alpha(seconds, cpu)


def held_beta(library, seconds, cpu):
    library.held.burn_beta(seconds, cpu)


def held_gamma(library, seconds, cpu):
    library.held.burn_gamma(seconds, cpu)


def released_alpha(library, seconds, cpu):
    library.released.burn_alpha(seconds, cpu)


def released_beta(library, seconds, cpu):
    library.released.burn_beta(seconds, cpu)


def released_gamma(library, seconds, cpu):
    library.released.burn_gamma(seconds, cpu)


def phase_held(account, library, seconds):
    cpu = (ctypes.c_double * 2)()
    held_alpha(library, seconds * 0.5, cpu)
    account.add_native(["phase_held", "held_alpha"], "burn_alpha", "held", cpu)
    held_beta(library, seconds * 0.2, cpu)
    account.add_native(["phase_held", "held_beta"], "burn_beta", "held", cpu)
    held_gamma(library, seconds * 0.3, cpu)
    account.add_native(["phase_held", "held_gamma"], "burn_gamma", "held", cpu)


def phase_released(account, library, seconds):
    cpu = (ctypes.c_double * 2)()
    released_alpha(library, seconds * 0.2, cpu)
    account.add_native(["phase_released", "released_alpha"], "burn_alpha", "released", cpu)
    released_beta(library, seconds * 0.5, cpu)
    account.add_native(["phase_released", "released_beta"], "burn_beta", "released", cpu)
    released_gamma(library, seconds * 0.3, cpu)
    account.add_native(["phase_released", "released_gamma"], "burn_gamma", "released", cpu)


def phase_sleep(account, library, seconds):
    start = time.monotonic()
    time.sleep(seconds)
    account.blocked["released"] = account.blocked.get("released", 0) + time.monotonic() - start


def phase_held_sleep(account, library, seconds):
    start = time.monotonic()
    library.held.nap(seconds)
    account.blocked["held"] = account.blocked.get("held", 0) + time.monotonic() - start


PHASES = [phase_python, phase_held, phase_released, phase_sleep, phase_held_sleep]


def run_phases(account, library, seconds, slices, rotation):
    """Every phase in `slices` portions; threads start at different phases, so they overlap."""
    account.tid = threading.get_native_id()
    start = time.thread_time()
    for _ in range(slices):
        for index in range(len(PHASES)):
            phase = PHASES[(index + rotation) % len(PHASES)]
            budget = seconds[phase.__name__]
            if budget > 0:
                phase(account, library, budget / slices)
    account.cpu = time.thread_time() - start


def main():
    arguments = parse()
    library = Library(arguments.library or built_library())
    seconds = {
        "phase_python": arguments.python / arguments.threads,
        "phase_held": arguments.held / arguments.threads,
        "phase_released": arguments.released / arguments.threads,
        "phase_sleep": arguments.sleep,
        "phase_held_sleep": arguments.held_sleep / arguments.threads,
    }
    accounts = [Account("mix-%d" % index) for index in range(arguments.threads)]
    handshake.ready(threads=arguments.threads)
    start = time.monotonic()
    if arguments.threads == 1:
        accounts[0].name = "MainThread"
        run_phases(accounts[0], library, seconds, arguments.slices, 0)
    else:
        run_threads(accounts, library, seconds, arguments.slices)
    tell(accounts, time.monotonic() - start)


def run_threads(accounts, library, seconds, slices):
    threads = [
        threading.Thread(
            target=run_phases, name=account.name,
            args=(account, library, seconds, slices, rotation))
        for rotation, account in enumerate(accounts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def tell(accounts, wall):
    paths = [
        {"tid": account.tid, "python": python, "native": native, "gil": gil, "cpu_s": seconds}
        for account in accounts
        for (python, native, gil), seconds in account.seconds.items()
    ]
    handshake.truth(
        wall_s=wall,
        cpu_s=sum(account.cpu for account in accounts),
        gil={
            gil: sum(path["cpu_s"] for path in paths if path["gil"] == gil)
            for gil in ("held", "released")
        },
        threads=[
            {
                "tid": account.tid, "name": account.name, "cpu_s": account.cpu,
                "other_cpu_s": account.cpu - sum(account.seconds.values()),
                "blocked_s": account.blocked,
            }
            for account in accounts
        ],
        paths=paths,
    )


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--python", type=float, default=2.0, help="CPU seconds, all threads")
    parser.add_argument("--held", type=float, default=2.0, help="CPU seconds, all threads")
    parser.add_argument("--released", type=float, default=2.5, help="CPU seconds, all threads")
    parser.add_argument("--sleep", type=float, default=0.8, help="seconds, each thread")
    parser.add_argument("--held-sleep", type=float, default=0.0, help="seconds, all threads")
    parser.add_argument("--slices", type=int, default=4, help="portions of each phase")
    parser.add_argument("--library", help="path of libknown_mix.so; built if absent")
    return parser.parse_args()


def built_library():
    """The library under .build/programs; compiled only if it is missing or stale."""
    path = os.path.join(HERE, *([os.pardir] * 3 + [".build", "programs", "libknown_mix.so"]))
    source = os.path.join(HERE, "known_mix.c")
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(source):
        subprocess.run([os.path.join(HERE, "build.sh")], check=True, stdout=subprocess.DEVNULL)
    return os.path.realpath(path)


if __name__ == "__main__":
    main()
