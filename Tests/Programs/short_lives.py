"""Every job has a thread (or a process) of its own, which works for less than a sampling period.

The truth line gives the CPU seconds that all jobs together spent in `job`, each as measured by its own thread.
"""

import argparse
import os
import threading
import time

import handshake


def job(seconds):
    start = time.thread_time()
    while time.thread_time() - start < seconds:
        sum(range(100))
    return time.thread_time() - start


def in_thread(seconds):
    used = []
    thread = threading.Thread(target=lambda: used.append(job(seconds)))
    thread.start()
    thread.join()
    return used[0]


def in_child(seconds):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, repr(job(seconds)).encode())
        os._exit(0)
    os.close(write)
    used = float(os.read(read, 64))
    os.close(read)
    os.waitpid(child, 0)
    return used


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fork", action="store_true")
    parser.add_argument("--milliseconds", type=float, default=4.0)
    parser.add_argument("--jobs", type=int, default=1000)
    arguments = parser.parse_args()
    run = in_child if arguments.fork else in_thread
    handshake.ready()
    used = sum(run(arguments.milliseconds / 1000) for _ in range(arguments.jobs))
    handshake.truth(jobs=arguments.jobs, cpu_s=used)


if __name__ == "__main__":
    main()
