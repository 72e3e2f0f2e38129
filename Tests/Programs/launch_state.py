"""What a program inherits of whoever starts it, as the kernel tells; nothing that differs from run to run."""

import os
import resource
import signal

import handshake

STATUS = [
    "Umask", "Uid", "Gid", "Groups", "Seccomp", "NoNewPrivs", "Cpus_allowed", "Mems_allowed",
    "SigBlk", "SigIgn", "SigCgt", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "THP_enabled",
]


def text(name):
    try:
        with open("/proc/self/" + name) as file:
            return file.read()
    except OSError as error:
        return error.strerror


def descriptors():
    """Those that are open, and what they are, but for the one that lists them."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[name] = os.readlink("/proc/self/fd/" + name).split("[")[0].split(":")[0]
        except OSError:
            pass
    # Others than a shell's are what the test's own process has open, under numbers that change.
    few = {name: what for name, what in found.items() if int(name) < 10}
    return few, sorted(what for name, what in found.items() if int(name) >= 10)


def ignored(mask):
    """Without the two signals that glibc handles for itself in every program with threads."""
    return "%x" % (int(mask or "0", 16) & ~(3 << 31))


def state():
    status = dict(line.split(":\t", 1) for line in text("status").splitlines() if ":\t" in line)
    status["SigIgn"] = ignored(status.get("SigIgn"))
    fields = text("stat").rpartition(")")[2].split()
    return {
        "status": {name: status.get(name, "").strip() for name in STATUS},
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "policy": os.sched_getscheduler(0),
        "sched": [fields[15], fields[16], fields[37], fields[38]],
        "timerslack": text("timerslack_ns"),
        "limits": text("limits"),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "oom": text("oom_score_adj"),
        "cgroup": text("cgroup"),
        "affinity": sorted(os.sched_getaffinity(0)),
        "personality": text("personality"),
        "coredump": text("coredump_filter"),
        "descriptors": descriptors(),
        "directory": os.getcwd(),
        "environment": dict(os.environ),
        "isLeader": [os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid()],
        "group": os.getpgrp() == os.getpgid(os.getppid()),
        "pipe": str(signal.getsignal(signal.SIGPIPE)),
    }


handshake.ready()
handshake.truth(state=state())
