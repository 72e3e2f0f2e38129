"""The running target."""

import json
import os
import select
import shutil
import subprocess

from . import place


class Target:
    """targets/clock.py in an interpreter of this machine, or in 3.15 of the Debian tree.

    `python` is ("host", path) or ("tree", path inside of it).
    """

    def __init__(self, python, library, *arguments):
        where, path = python
        script = os.path.join(place.HERE, "targets", "clock.py")
        if where == "tree":
            inside = place.TREE + "/benchmarks"
            os.makedirs(inside, exist_ok=True)
            for file in (script, library):
                shutil.copy(file, inside)
            # Tachyon finds its target in /proc, which the tree does not have. The mount is in a
            # namespace of its own and goes with the process.
            shell = f'mount --bind /proc "$0/proc" && exec chroot "$0" {path} "$@"'
            command = ["unshare", "-m", "sh", "-c", shell, place.TREE, "/benchmarks/clock.py",
                       "/benchmarks/" + os.path.basename(library)]
        else:
            command = [path, script, library]
        self.process = subprocess.Popen(
            command + list(arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the target {path} did not start")
        self.busy = json.loads(line)["busy"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def gaps(self, seconds):
        """What was taken from the target during `seconds`: {"count", "sum_ns", "longest_ns"}."""
        return self.work(seconds)

    def be_busy(self, seconds):
        """CPU seconds that the busy threads used, by their own account."""
        return self.work(seconds)["cpu_s"]

    def work(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], 10 * seconds + 30)[0]:
            raise RuntimeError("the target does not run any more: was it left stopped?")
        return json.loads(self.process.stdout.readline())


def thread_cpu(pid, tid):
    """CPU seconds of a thread, in nanosecond resolution; 0 once it has ended."""
    try:
        with open(f"/proc/{pid}/task/{tid}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9
    except OSError:
        return 0.0


def process_cpu(pid):
    """CPU seconds of all threads that a process has now."""
    try:
        return sum(thread_cpu(pid, tid) for tid in os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0.0
