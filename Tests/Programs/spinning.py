"""Threads that compute until they are told to end: somebody to look at.

The truth is the CPU time of the process.
"""

import argparse
import threading
import time

import handshake
from burning import burn


def spin(seconds, share):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        burn(0.002)
        if share < 1:
            time.sleep(0.002 * (1 - share) / share)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--share", type=float, default=1.0, help="of the time that a thread computes")
    arguments = parser.parse_args()
    waiting = threading.Barrier(arguments.threads + 1)

    def work():
        waiting.wait()
        waiting.wait()
        spin(arguments.seconds, arguments.share)

    threads = [threading.Thread(target=work) for _ in range(arguments.threads)]
    for thread in threads:
        thread.start()
    waiting.wait()
    handshake.ready()
    start = time.process_time()
    waiting.wait()
    for thread in threads:
        thread.join()
    handshake.truth(cpu_s=time.process_time() - start)


if __name__ == "__main__":
    main()
