"""Peak memory and the time to a finished file where a process has PyTorch's half a million symbols."""

import json
import os
import signal
import subprocess
import tempfile
import time

from . import place
from .table import number, table

PROGRAM = """
import torch
net = torch.nn.Sequential(torch.nn.Linear(256, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10))
print("ready", flush=True)
while True:
    loss = torch.nn.functional.cross_entropy(net(torch.randn(64, 256)), torch.randint(0, 10, (64,)))
    loss.backward()
    torch.linalg.svd(torch.randn(40, 40)); torch.fft.fft(torch.randn(4096))
"""
HEAD = ["recorded", "samples", "Ctrl-C to file", "peak memory", "CPU"]


def measure(seconds, rate, progress):
    head = "## A process with PyTorch\n\n"
    progress("torch")
    python = place.torch()
    if not python:
        return head + "Not measured: PyTorch cannot be had here."
    target = subprocess.Popen([python, "-c", PROGRAM], stdout=subprocess.PIPE)
    try:
        if target.stdout.readline() != b"ready\n":
            place.skip("torch", "the program ended")
            return head + "Not measured: the program ended."
        rows = [row(target.pid, seconds, rate)]
    finally:
        target.kill()
        target.wait()
        target.stdout.close()
    return (head + f"{seconds} s at {rate} Hz of a network that learns. *Ctrl-C to file* is the time from "
            "SIGINT until hyflame has ended.\n\n" + table(HEAD, rows))


def row(pid, seconds, rate):
    with tempfile.TemporaryDirectory(prefix="hyflame-benchmark-") as directory:
        output = os.path.join(directory, "data")
        recorder = subprocess.Popen(
            [place.HYFLAME, "record", "-q", "-r", str(rate), "-o", output, "-p", str(pid)])
        time.sleep(seconds)
        start = time.monotonic()
        recorder.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(recorder.pid, 0)
        finish = time.monotonic() - start
        recorder.returncode = os.waitstatus_to_exitcode(status)
        report = subprocess.run(
            [place.HYFLAME, "report", output, "--json", "-l", "1", "-o", "-"],
            check=True, capture_output=True).stdout
    samples = json.loads(report)["recording"]["samples"]
    return [f"{seconds} s", samples, number(finish, 2) + " s",
            number(usage.ru_maxrss / 1024, 0) + " MiB", number(usage.ru_utime + usage.ru_stime, 2) + " s"]
