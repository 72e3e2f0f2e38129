"""The target of the benchmarks: threads that only read the clock, or sleep.

    clock.py LIBRARY gaps [DEPTH]   reads "SECONDS\n", measures its own gaps, prints them; repeats
    clock.py LIBRARY busy THREADS   reads "SECONDS\n", two of the threads (or the only one) are busy for
                                    so long, prints the CPU time that they used; repeats

The first line printed is JSON: {"busy": thread ids}. Runs on every CPython 3.8 to 3.15.
"""

import ctypes
import json
import sys
import threading
import time

# Python frames below the busy one: stacks as programs have them, not the shortest possible.
DEPTH = int(sys.argv[3]) if sys.argv[2] == "gaps" and len(sys.argv) > 3 else 20
THRESHOLD_NS = 3000
# Names are looked up and caches filled in the first samples; that is not what is measured.
WARM_UP_S = 0.3


class Gaps(ctypes.Structure):
    _fields_ = [("count", ctypes.c_int64), ("sum", ctypes.c_int64), ("longest", ctypes.c_int64)]


def deep(function, levels=DEPTH):
    return function() if levels == 0 else deep(function, levels - 1)


def say(document):
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def measure_gaps(library):
    """Measures as often as it is told to; holds the GIL meanwhile, as Python code does."""
    held = ctypes.PyDLL(library)

    def measure(seconds):
        gaps = Gaps()
        held.clock_gaps(
            ctypes.c_int64(int(seconds * 1e9)), ctypes.c_int64(THRESHOLD_NS), ctypes.byref(gaps))
        return gaps

    say({"busy": [threading.get_native_id()]})
    for line in sys.stdin:
        seconds = float(line)
        deep(lambda: measure(WARM_UP_S))
        gaps = deep(lambda: measure(seconds))
        say({"seconds": seconds, "count": gaps.count, "sum_ns": gaps.sum,
             "longest_ns": gaps.longest})


def work_on_demand(library, count):
    """Two threads (of 1: the main one) are busy for as long as they are told, as often as they are told."""
    released = ctypes.CDLL(library)
    together = threading.Barrier(3)
    tids, used, seconds = [], [], [0.0]

    def be_busy():
        start = time.thread_time()
        released.clock_gaps(
            ctypes.c_int64(int(seconds[0] * 1e9)), ctypes.c_int64(THRESHOLD_NS), ctypes.byref(Gaps()))
        used.append(time.thread_time() - start)

    def serve():
        tids.append(threading.get_native_id())
        while True:
            together.wait()
            deep(be_busy)
            together.wait()

    if count > 1:
        for _ in range(2):
            threading.Thread(target=serve, daemon=True).start()
    threading.stack_size(256 * 1024)
    for _ in range(count - 3):
        threading.Thread(target=deep, args=(lambda: time.sleep(3600),), daemon=True).start()
    while count > 1 and len(tids) < 2:
        time.sleep(0.01)
    # The sleepers are to be asleep, so that attaching finds what it will find later.
    time.sleep(0.2)
    say({"busy": tids if count > 1 else [threading.get_native_id()]})
    for line in sys.stdin:
        seconds[0] = float(line)
        used.clear()
        if count > 1:
            together.wait()
            together.wait()
        else:
            deep(be_busy)
        say({"cpu_s": sum(used)})


if sys.argv[2] == "gaps":
    measure_gaps(sys.argv[1])
else:
    work_on_demand(sys.argv[1], int(sys.argv[3]))
