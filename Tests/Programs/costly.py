"""Programs of which a sample could take long to copy.

`deep`: thousands of Python levels, which up to 3.10 are read one by one. `endless` and `faulting`: the
interpreter's list of thread states never ends, or leads to memory that cannot be read; that takes 3.9 or later,
whose functions tell where the list is. `sleeps`: leaves the CPU all the time. `naps`: the same below many levels.

The truth line gives the CPU seconds of the thread that works, which in `work` uses as many as it is told to; of `naps` the seconds that it took, and how often it slept.
"""

import argparse
import ctypes
import mmap
import sys
import threading
import time

import handshake

PAGE = mmap.PAGESIZE


def work(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(100))


def down(levels, seconds):
    if levels:
        return down(levels - 1, seconds)
    handshake.ready()
    work(seconds)


def deep(seconds, levels):
    """CPU seconds, with the way down and up."""
    sys.setrecursionlimit(levels + 1000)
    threading.stack_size(1 << 30)
    used = []

    def run():
        start = time.thread_time()
        down(levels, seconds)
        used.append(time.thread_time() - start)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return used[0]


def word(address):
    return ctypes.c_uint64.from_address(address)


def place_of_list():
    api = ctypes.pythonapi
    api.PyInterpreterState_Main.restype = ctypes.c_void_p
    api.PyInterpreterState_ThreadHead.restype = ctypes.c_void_p
    api.PyInterpreterState_ThreadHead.argtypes = [ctypes.c_void_p]
    interpreter = api.PyInterpreterState_Main()
    head = api.PyInterpreterState_ThreadHead(interpreter)
    return [
        interpreter + offset for offset in range(0, 16384, 8)
        if word(interpreter + offset).value == head]


def false_state(is_readable):
    """A thread state that is followed by itself; the id, farther on, is readable or not."""
    libc = ctypes.CDLL(None, use_errno=True)
    room = mmap.mmap(-1, 2 * PAGE)
    base = ctypes.addressof(ctypes.c_char.from_buffer(room))
    state = base if is_readable else base + PAGE - 32
    for offset in (0, 8, 16):
        word(state + offset).value = state
    if not is_readable and libc.mprotect(ctypes.c_void_p(base + PAGE), PAGE, 0):
        raise OSError(ctypes.get_errno(), "mprotect")
    return state


def with_false_list(seconds, is_readable):
    # Once before, so that nothing is made for the first time while the list is wrong.
    work(0.01)
    handshake.ready()
    # With a second thread the interpreter would look through the list.
    places = place_of_list()
    head = word(places[0]).value
    state = false_state(is_readable)
    start = time.thread_time()
    for place in places:
        word(place).value = state
    work(seconds)
    for place in places:
        word(place).value = head
    return time.thread_time() - start


def sleeps(seconds):
    handshake.ready()
    start = time.thread_time()
    while time.thread_time() - start < seconds:
        time.sleep(0.00002)
    return time.thread_time() - start


def naps(seconds, levels):
    """Seconds that it took, and how often it slept."""
    if levels:
        return naps(seconds, levels - 1)
    handshake.ready()
    start = time.monotonic()
    count = 0
    while time.monotonic() - start < seconds:
        time.sleep(0.00005)
        count += 1
    return time.monotonic() - start, count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["deep", "endless", "faulting", "sleeps", "naps"])
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--levels", type=int, default=20000)
    arguments = parser.parse_args()
    if arguments.kind == "deep":
        used = deep(arguments.seconds, arguments.levels)
    elif arguments.kind == "naps":
        elapsed, count = naps(arguments.seconds, arguments.levels)
        handshake.truth(elapsed_s=elapsed, count=count)
        return
    elif arguments.kind == "sleeps":
        used = sleeps(arguments.seconds)
    else:
        used = with_false_list(arguments.seconds, arguments.kind == "endless")
    handshake.truth(cpu_s=used)


if __name__ == "__main__":
    main()
