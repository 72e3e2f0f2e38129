"""Many processes or threads at a time: all of them are made, then each computes a little, over and over.

--processes N: forked children of one parent. --threads N: threads of one process.
"""

import argparse
import os
import threading
import time

import handshake
from burning import burn

EXIT_STATUS = 5


def crowd_work(seconds):
    return burn(seconds)


def computing(seconds, slices, end):
    """Burns `slices` portions between now and `end`, a time of CLOCK_MONOTONIC."""
    burned = 0.0
    pause = max(0.0, (end - time.monotonic()) / slices)
    for _ in range(slices):
        burned += crowd_work(seconds / slices)
        time.sleep(pause)
    return burned


def processes(arguments):
    gate_read, gate_write = os.pipe()
    children = []
    for _ in range(arguments.processes):
        pid = os.fork()
        if pid == 0:
            os.close(gate_write)
            os.read(gate_read, 1)
            computing(arguments.seconds, arguments.slices, time.monotonic() + arguments.spread)
            os._exit(EXIT_STATUS)
        children.append(pid)
    made = time.monotonic()
    os.close(gate_write)
    burn(0.05)
    statuses = [os.waitpid(pid, 0)[1] for pid in children]
    return {"wrong": sum(status != EXIT_STATUS << 8 for status in statuses),
            "made": len(children), "worked_s": time.monotonic() - made}


def threads(arguments):
    gate = threading.Event()
    burned = []

    def work():
        gate.wait()
        burned.append(
            computing(arguments.seconds, arguments.slices, time.monotonic() + arguments.spread))

    threading.stack_size(256 * 1024)
    crowd = [threading.Thread(target=work) for _ in range(arguments.threads)]
    for thread in crowd:
        thread.start()
    made = time.monotonic()
    gate.set()
    for thread in crowd:
        thread.join()
    return {"wrong": arguments.threads - len(burned), "made": len(crowd), "cpu_s": sum(burned),
            "worked_s": time.monotonic() - made}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.01, help="CPU seconds of each")
    parser.add_argument("--slices", type=int, default=4)
    parser.add_argument("--spread", type=float, default=3, help="wall seconds that each takes")
    arguments = parser.parse_args()
    handshake.ready()
    handshake.truth(**(processes if arguments.processes else threads)(arguments))


if __name__ == "__main__":
    main()
