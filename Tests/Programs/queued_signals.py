"""Real-time signals with values, sent by sigqueue(3) to a thread that computes: all must arrive once, in
order and with the siginfo of their sender, SIGTSTP and SIGCONT in between or not.

A handler in C keeps what each of them says (`queued/queued.c`). Only one thread has them unblocked, so
that in a stop of that thread the tracer sees them come by. `wrong` says what is not as it was sent.
"""

import argparse
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time

import handshake
from burning import burn

HERE = os.path.dirname(os.path.abspath(__file__))
NUMBERS = [signal.SIGRTMIN + 3, signal.SIGRTMIN + 4, signal.SIGRTMIN + 7]
BURST = 10
SI_QUEUE = -1


class Entry(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("number", "code", "pid", "value")]


def library():
    build = subprocess.run(
        [os.path.join(HERE, "queued", "build.sh")], stdout=subprocess.PIPE, check=True)
    loaded = ctypes.CDLL(build.stdout.decode().strip())
    loaded.queued_entry.restype = ctypes.POINTER(Entry)
    return loaded


class Sender(subprocess.Popen):
    """The other process; sends once `start` is called."""

    def __init__(self, count, pause, stops):
        super().__init__(
            [sys.executable, os.path.abspath(__file__), "--send-to", str(os.getpid()),
             "--count", str(count), "--pause", str(pause), "--stops", str(stops)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.count, self.stops = count, stops

    def start(self):
        self.stdin.write(b"\n")
        self.stdin.flush()


class Receiver:
    def __init__(self):
        # Whoever is made from here on has them blocked.
        signal.pthread_sigmask(signal.SIG_BLOCK, NUMBERS)
        self.library = library()
        for number in NUMBERS:
            if self.library.queued_catch(number) != 0:
                raise OSError("sigaction")

    def take(self, sender):
        """Computes until the sender has ended, and lets its signals interrupt that."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, NUMBERS)
        while sender.poll() is None:
            burn(0.01)
        burn(0.02)

    def received(self):
        return self.library.queued_count()

    def verdict(self, sender):
        """What is not as it was sent."""
        report = json.loads(sender.stdout.read())
        values = {number: [] for number in NUMBERS}
        strange = 0
        for index in range(self.received()):
            entry = self.library.queued_entry(index)[0]
            values[entry.number].append(entry.value)
            strange += (entry.code, entry.pid) != (SI_QUEUE, sender.pid)
        wrong = []
        if strange:
            wrong.append("the siginfo of %d signals is not the sender's" % strange)
        for number, found in values.items():
            if found != list(range(sender.count)):
                wrong.append("signal %d: sent %d, received %d, or in another order" % (
                    number, sender.count, len(found)))
        if report["stopped"] != sender.stops or report["went_on"] != sender.stops:
            wrong.append("SIGTSTP, %d times: %s" % (sender.stops, report))
        return wrong


def state(pid):
    with open("/proc/%d/stat" % pid) as stat:
        return stat.read().rpartition(")")[2].split()[0]


def becomes(pid, states):
    """True if the process is in one of `states` within a second."""
    for _ in range(100):
        if state(pid) in states:
            return True
        time.sleep(0.01)
    return False


def send(arguments):
    loaded = library()
    os.read(0, 1)
    report = {"stopped": 0, "went_on": 0}
    every = max(1, arguments.count // (arguments.stops + 1))
    for value in range(arguments.count):
        is_stopped = arguments.stops and value % every == every - 1 and (
            value // every < arguments.stops)
        if is_stopped:
            os.kill(arguments.send_to, signal.SIGTSTP)
            # T, or t where a tracer keeps the group-stop.
            report["stopped"] += becomes(arguments.send_to, "Tt")
        for number in NUMBERS:
            if loaded.queued_send(arguments.send_to, number, value) != 0:
                sys.exit("sigqueue failed")
        if is_stopped:
            os.kill(arguments.send_to, signal.SIGCONT)
            report["went_on"] += becomes(arguments.send_to, "RS")
        if value % BURST == BURST - 1:
            time.sleep(arguments.pause)
    print(json.dumps(report))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000, help="of each signal")
    parser.add_argument("--pause", type=float, default=0.01, help="between bursts of 10")
    parser.add_argument("--stops", type=int, default=0, help="SIGTSTP and SIGCONT, so many times")
    parser.add_argument("--send-to", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.send_to is not None:
        send(arguments)
        return
    # A group of its own that is not orphaned: SIGTSTP would be ignored in such a one.
    if arguments.stops and os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    receiver = Receiver()
    sender = Sender(arguments.count, arguments.pause, arguments.stops)
    taker = threading.Thread(target=receiver.take, args=(sender,), name="taker")
    handshake.ready()
    taker.start()
    sender.start()
    while taker.is_alive():
        burn(0.002)
        time.sleep(0.002)
    taker.join()
    handshake.truth(
        received=receiver.received(), sent=len(NUMBERS) * sender.count,
        wrong=receiver.verdict(sender))


if __name__ == "__main__":
    main()
