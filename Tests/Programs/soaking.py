"""Everything that makes a recorder keep something, without end: threads, code objects and children come
and go, while four threads work on and check what they compute.
"""

import argparse
import os
import resource
import subprocess
import threading
import time
import zlib

import handshake
from burning import burn

EXIT_STATUS = 7
SOURCE = """
def made_%d(seconds, burn):
    return burn(seconds)
"""


class Soak:
    def __init__(self, end):
        self.end = end
        self.counts = dict.fromkeys(["rounds", "threads", "codes", "children", "commands"], 0)
        self.wrong = 0

    def pace(self, per_second):
        """Yields `per_second` times a second until the end; what is late is not made up for."""
        while per_second and time.monotonic() < self.end:
            due = time.monotonic() + 1 / per_second
            yield
            time.sleep(max(due - time.monotonic(), 0))

    def work(self):
        data = bytes(range(256)) * 64
        expected = zlib.crc32(data)
        for _ in self.pace(50):
            burn(0.002)
            self.counts["rounds"] += 1
            self.wrong += zlib.crc32(data) != expected

    def threads(self, per_second):
        for _ in self.pace(per_second):
            thread = threading.Thread(target=burn, args=(0.001,))
            thread.start()
            thread.join()
            self.counts["threads"] += 1

    def codes(self, per_second):
        for _ in self.pace(per_second):
            names = {}
            # A few names, ever new code objects: what is kept must be of the names.
            name = self.counts["codes"] % 20
            exec(compile(SOURCE % name, "made.py", "exec"), names)
            names["made_%d" % name](0.002, burn)
            self.counts["codes"] += 1

    def children(self, per_second):
        for _ in self.pace(per_second):
            pid = os.fork()
            if pid == 0:
                burn(0.01)
                os._exit(EXIT_STATUS)
            self.wrong += os.waitpid(pid, 0)[1] != EXIT_STATUS << 8
            self.counts["children"] += 1
            if self.counts["children"] % 3 == 0:
                self.wrong += subprocess.run(["true"], check=False).returncode != 0
                self.counts["commands"] += 1


def cpu_seconds():
    total = 0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        use = resource.getrusage(who)
        total += use.ru_utime + use.ru_stime
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--threads", type=float, default=40, help="new threads a second")
    parser.add_argument("--codes", type=float, default=50, help="new code objects a second")
    parser.add_argument("--children", type=float, default=5, help="forked children a second")
    arguments = parser.parse_args()
    handshake.ready()
    before = cpu_seconds()
    soak = Soak(time.monotonic() + arguments.seconds)
    jobs = [threading.Thread(target=soak.work, name="work-%d" % index) for index in range(4)]
    jobs.append(threading.Thread(target=soak.threads, args=(arguments.threads,), name="threads"))
    jobs.append(threading.Thread(target=soak.codes, args=(arguments.codes,), name="codes"))
    jobs.append(threading.Thread(target=soak.children, args=(arguments.children,), name="forks"))
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    handshake.truth(cpu_s=cpu_seconds() - before, wrong=soak.wrong, **soak.counts)


if __name__ == "__main__":
    main()
