"""hyflame and its peers, each attached to a running target and stopped by SIGINT."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

from . import place
from .target import process_cpu

START_TIMEOUT_S = 30
END_TIMEOUT_S = 10


class Failed(Exception):
    """A profiler refused or failed; its last words."""


class Profiler:
    """A kind of profiler with its options."""

    # Samples of the output are rows, so that bytes per sample mean something.
    writes_samples = False

    def __init__(self, name, python):
        self.name = name
        # The interpreter that its targets run in.
        self.python = python

    def command(self, pid, rate, output):
        raise NotImplementedError

    def wait_until_ready(self, running):
        raise NotImplementedError

    def samples(self, output, busy):
        """Samples of the busy threads in the output."""
        raise NotImplementedError

    def start_options(self):
        return {}

    def output(self, directory, target):
        """The path of the output as the profiler sees it, and as this process does."""
        path = os.path.join(directory, "output")
        return path, path


class Hyflame(Profiler):
    writes_samples = True

    def __init__(self, python, capture):
        super().__init__(f"hyflame --capture {capture}", python)
        self.capture = capture

    def command(self, pid, rate, output):
        return [place.HYFLAME, "record", "--capture", self.capture, "-r", str(rate), "-o", output,
                "-p", str(pid)]

    def wait_until_ready(self, running):
        running.wait_for_text("recording pid")

    def samples(self, output, busy):
        text = subprocess.run(
            [place.HYFLAME, "report", output, "--json", "-l", "1", "-o", "-"],
            check=True, capture_output=True).stdout
        self.last_report = json.loads(text)
        return self.last_report["recording"]["on_cpu_samples"]


class PySpy(Profiler):
    def __init__(self, python, path, *options):
        super().__init__(" ".join(["py-spy", *options]), python)
        self.path = path
        self.options = options

    def command(self, pid, rate, output):
        return [self.path, "record", "-r", str(rate), "-f", "raw", "-o", output, "-p", str(pid),
                *self.options]

    def wait_until_ready(self, running):
        # Printed once the interpreter was found and read.
        running.wait_for_text("Sampling process")

    def samples(self, output, busy):
        return folded_samples(output)


class Tachyon(Profiler):
    def __init__(self, python, *options):
        super().__init__(" ".join(["Tachyon", *options]), python)
        self.options = options

    def command(self, pid, rate, output):
        where, path = self.python
        enter = ["nsenter", "-t", str(pid), "-m", "-r", "--"] if where == "tree" else []
        return [*enter, path, "-u", "-m", "profiling.sampling", "attach", "-a", "-r", str(rate),
                "--collapsed", "-o", output, *self.options, str(pid)]

    def wait_until_ready(self, running):
        # It says nothing until its end; this is the last that it loads.
        while b"_remote_debugging" not in memory_map(running.process.pid):
            running.check()
            if time.monotonic() - running.start > START_TIMEOUT_S:
                raise Failed("it did not get ready")
            time.sleep(0.01)
        time.sleep(0.5)
        running.check()

    def output(self, directory, target):
        if self.python[0] == "host":
            return super().output(directory, target)
        return "/benchmarks/output", place.TREE + "/benchmarks/output"

    def samples(self, output, busy):
        return folded_samples(output)


class Perf(Profiler):
    """Copies 8 KiB of stack for each sample; unwinding comes later, in `perf script`."""

    writes_samples = True

    def __init__(self, python, path):
        super().__init__("perf record --call-graph dwarf", python)
        self.path = path

    def start_options(self):
        order, to_perf = os.pipe()
        from_perf, answer = os.pipe()
        return {"control": (order, to_perf, from_perf, answer)}

    def command(self, pid, rate, output, control=None):
        order, _, _, answer = control
        return [self.path, "record", "-e", "cpu-clock", "-F", str(rate), "--call-graph", "dwarf",
                f"--control=fd:{order},{answer}", "-o", output, "-p", str(pid)]

    def wait_until_ready(self, running):
        _, to_perf, from_perf, _ = running.control
        os.write(to_perf, b"ping\n")
        # Its loop answers, and that runs once the events are open.
        if not select.select([from_perf], [], [], START_TIMEOUT_S)[0]:
            raise Failed("no answer")
        running.check()

    def samples(self, output, busy):
        rows = subprocess.run([self.path, "script", "-i", output, "-F", "tid"],
                              capture_output=True, text=True, check=True).stdout.split()
        return sum(1 for row in rows if int(row) in busy)


def memory_map(pid):
    try:
        with open(f"/proc/{pid}/maps", "rb") as file:
            return file.read()
    except OSError:
        return b""


def folded_samples(path):
    """Samples in folded stacks that the busy function is part of."""
    with open(path) as file:
        return sum(int(line.rsplit(None, 1)[1]) for line in file
                   if "be_busy" in line or "measure" in line)


class Running:
    """A profiler at work on a target."""

    def __init__(self, profiler, target, rate):
        self.profiler = profiler
        self.target = target
        self.directory = tempfile.mkdtemp(prefix="hyflame-benchmark-")
        self.argument, self.path = profiler.output(self.directory, target)
        options = profiler.start_options()
        self.control = options.get("control")
        self.log = open(os.path.join(self.directory, "log"), "w+")
        self.start = time.monotonic()
        self.status = None
        self.process = subprocess.Popen(
            profiler.command(target.pid, rate, self.argument, **options), stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=subprocess.STDOUT,
            pass_fds=(self.control[0], self.control[3]) if self.control else ())

    def __enter__(self):
        try:
            self.profiler.wait_until_ready(self)
        except BaseException:
            self.__exit__()
            raise
        self.attach_s = time.monotonic() - self.start
        return self

    def __exit__(self, *_):
        if self.status is None:
            self.process.kill()
            self.process.wait()
        self.log.close()
        for descriptor in self.control or ():
            os.close(descriptor)
        shutil.rmtree(self.directory, ignore_errors=True)

    def words(self):
        with open(self.log.name, errors="replace") as file:
            return file.read()

    def check(self):
        """Fails if the profiler has ended."""
        if self.status is None and self.process.poll() is not None:
            self.status = self.process.returncode
            raise Failed(" ".join(self.words().split())[-200:] or f"exit status {self.status}")

    def wait_for_text(self, text):
        while text not in self.words():
            self.check()
            if time.monotonic() - self.start > START_TIMEOUT_S:
                raise Failed("it did not get ready")
            time.sleep(0.002)

    def cpu(self):
        return process_cpu(self.process.pid)

    def stop(self):
        """Ends the recording. Then `samples`, `bytes`, `peak_kib` and the times are known."""
        self.check()
        start = time.monotonic()
        status, usage = self.interrupt()
        self.process.returncode = self.status = os.waitstatus_to_exitcode(status)
        self.finish_s = time.monotonic() - start
        self.whole_s = time.monotonic() - self.start
        self.peak_kib = usage.ru_maxrss
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.said = self.words()
        if not os.path.exists(self.path):
            raise Failed(" ".join(self.words().split())[-200:])
        self.bytes = os.path.getsize(self.path)
        self.samples = self.profiler.samples(self.path, self.target.busy)

    def interrupt(self):
        """Sends SIGINT until the profiler ends: Tachyon was seen to go on after the first."""
        for _ in range(3):
            os.kill(self.process.pid, signal.SIGINT)
            deadline = time.monotonic() + END_TIMEOUT_S
            while time.monotonic() < deadline:
                pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
                if pid:
                    return status, usage
                time.sleep(0.001)
        raise Failed("it does not end")

    def sampled_seconds(self):
        """How long it sampled by its own account; None if it gives none."""
        match = re.search(r"Captured .* in ([\d.]+) seconds", self.said)
        return float(match[1]) if match else None

    def attach_seconds(self):
        """From its start until it samples; for Tachyon, which does not say when, all time but that
        of sampling."""
        sampled = self.sampled_seconds()
        return self.attach_s if sampled is None else self.whole_s - sampled


def all_profilers(python):
    """Those that this machine has; says what is missing."""
    found = [Hyflame(python, "kernel"), Hyflame(python, "stop")]
    if path := place.py_spy():
        found += [PySpy(python, path), PySpy(python, path, "--native"),
                  PySpy(python, path, "--nonblocking")]
    if path := place.perf():
        found.append(Perf(python, path))
    if newest := place.python_315():
        found += [Tachyon(newest), Tachyon(newest, "--blocking")]
    return found
