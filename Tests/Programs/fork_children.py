"""Forks children by os.fork and by subprocess (vfork or posix_spawn); everybody burns CPU.

Each child tells who traces it (TracerPid) and how it ended; without --subprocesses a recorder must
let go of them at once, and all must run and end as they would alone.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import threading

import handshake
from burning import burn
from tracing import tracer

EXIT_STATUS = 7


def parent_work(seconds):
    return burn(seconds)


def child_work(seconds):
    return burn(seconds)


def report(seconds):
    # Traced at the start and traced at the end are two different faults.
    at_start = tracer()
    # A stop is a voluntary switch; burning makes none.
    switches = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    burned = child_work(seconds)
    switches = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - switches
    return {"pid": os.getpid(), "cpu_s": burned, "tracer_at_start": at_start,
            "tracer_at_end": tracer(), "switches": switches}


def forked(seconds):
    """A child of os.fork: returns its pid and the pipe that its report comes through."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write_end, json.dumps(report(seconds)).encode())
        finally:
            os._exit(EXIT_STATUS)
    os.close(write_end)
    return pid, read_end


def collected(pid, read_end):
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    status = os.waitpid(pid, 0)[1]
    exit_status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    return dict(json.loads(text or "{}"), how="fork", exit_status=exit_status)


def spawned(seconds):
    return subprocess.Popen(
        [sys.executable, os.path.abspath(__file__), "--as-child", str(seconds)],
        stdout=subprocess.PIPE)


def waited(process):
    text = process.communicate()[0]
    return dict(json.loads(text or b"{}"), how="subprocess", exit_status=process.returncode)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=3, help="of each kind")
    parser.add_argument("--seconds", type=float, default=0.3, help="CPU seconds, each process")
    parser.add_argument("--from-thread", action="store_true", help="fork from another thread")
    parser.add_argument("--as-child", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.as_child is not None:
        print(json.dumps(report(arguments.as_child)), flush=True)
        sys.exit(EXIT_STATUS)
    handshake.ready()
    result = {}

    def work():
        children = [forked(arguments.seconds) for _ in range(arguments.children)]
        processes = [spawned(arguments.seconds) for _ in range(arguments.children)]
        result["cpu_s"] = parent_work(arguments.seconds)
        result["children"] = (
            [collected(*child) for child in children] + [waited(child) for child in processes])

    if arguments.from_thread:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    else:
        work()
    handshake.truth(functions=["parent_work", "child_work"], exit_status=EXIT_STATUS, **result)


if __name__ == "__main__":
    main()
