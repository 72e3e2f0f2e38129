"""Counts genuine signals: none may be lost, none invented, none changed on the way.

A sender process sends each signal and waits for its acknowledgement before the next one, so the
kernel never merges two. Real-time signals queue, so they are sent in bursts and counted by the
wake-up descriptor, which gets one byte for every delivery. SIGUSR2 is blocked everywhere and
taken by sigtimedwait, which shows the siginfo. The main thread burns CPU all the while.
`ok` is this program's own verdict; `wrong` says what is not as it should be.
"""

import argparse
import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time

import handshake
from burning import burn

# Everything that a recorder might use for itself because its default action is to ignore it.
IGNORABLE = ["SIGURG", "SIGWINCH", "SIGCHLD", "SIGCONT"]
BURST = 20
ITIMER_SECONDS = 0.01


class Sender:
    """The other process: sends, and waits for each acknowledgement on its standard input."""

    def __init__(self, target, rounds, stops, names):
        self.target = target
        self.rounds = rounds
        self.stops = stops
        self.names = names
        self.sent = {}
        self.lost = {}
        self.stopped = 0

    def run(self):
        os.read(0, 1)
        for _ in range(self.rounds):
            for name in self.names:
                self.send(name)
            for _ in range(BURST):
                self.send("SIGRTMIN", acknowledged=False)
            time.sleep(0.002)
        for _ in range(self.stops):
            self.stop_and_continue()
        print(json.dumps({"sent": self.sent, "lost": self.lost, "stopped": self.stopped}))

    def send(self, name, acknowledged=True):
        os.kill(self.target, getattr(signal, name))
        self.sent[name] = self.sent.get(name, 0) + 1
        if acknowledged and not (select.select([0], [], [], 5)[0] and os.read(0, 1)):
            self.lost[name] = self.lost.get(name, 0) + 1

    def stop_and_continue(self):
        os.kill(self.target, signal.SIGSTOP)
        time.sleep(0.1)
        # T; or t, where a tracer keeps the group-stop. Both mean that it does not run.
        self.stopped += self.state() in "Tt"
        if "SIGCONT" in self.names:
            self.send("SIGCONT")
        else:
            os.kill(self.target, signal.SIGCONT)
        time.sleep(0.05)

    def state(self):
        with open("/proc/%d/stat" % self.target) as stat:
            return stat.read().rpartition(")")[2].split()[0]


class Receiver:
    """Handlers that count and acknowledge, and the bytes of the wake-up descriptor."""

    def __init__(self, names):
        self.handled = {name: 0 for name in names}
        self.delivered = {}
        self.acknowledgements = None
        self.wakeups, write_end = os.pipe()
        fcntl.fcntl(write_end, 1031, 1 << 20)  # F_SETPIPE_SZ: nothing may be dropped
        os.set_blocking(write_end, False)
        os.set_blocking(self.wakeups, False)
        signal.set_wakeup_fd(write_end)
        for name in names:
            signal.signal(getattr(signal, name), self.handle)

    def handle(self, number, frame):
        name = signal.Signals(number).name
        self.handled[name] += 1
        if name not in ("SIGALRM", "SIGRTMIN") and self.acknowledgements is not None:
            # The sender's own end is a SIGCHLD that nobody waits for.
            with contextlib.suppress(BrokenPipeError):
                os.write(self.acknowledgements, b"x")

    def drain(self):
        while select.select([self.wakeups], [], [], 0)[0]:
            for number in os.read(self.wakeups, 65536):
                name = signal.Signals(number).name
                self.delivered[name] = self.delivered.get(name, 0) + 1


class Waiter(threading.Thread):
    """Takes SIGUSR2 with sigtimedwait and keeps what its siginfo said."""

    def __init__(self):
        super().__init__(name="waiter", daemon=True)
        self.information = []
        self.acknowledgements = None

    def run(self):
        while True:
            information = signal.sigtimedwait([signal.SIGUSR2], 3600)
            if information is not None:
                self.information.append((information.si_pid, information.si_code))
                os.write(self.acknowledgements, b"x")


def work_until(process):
    while process.poll() is None:
        burn(0.02)


def verdict(report, receiver, waiter, sender_pid, elapsed, stops):
    wrong = []
    sent = report["sent"]
    if report["lost"]:
        wrong.append("not acknowledged: %s" % report["lost"])
    for name, count in sent.items():
        got = len(waiter.information) if name == "SIGUSR2" else receiver.delivered.get(name, 0)
        # The sender's own end is one more SIGCHLD.
        expected = count + (name == "SIGCHLD")
        if got != expected:
            wrong.append("%s: sent %d, delivered %d" % (name, expected, got))
    for name in set(receiver.delivered) - set(sent) - {"SIGALRM"}:
        if name != "SIGCHLD" or receiver.delivered[name] != 1:
            wrong.append("%s: never sent, delivered %d" % (name, receiver.delivered[name]))
    if any(information != (sender_pid, 0) for information in waiter.information):
        wrong.append("siginfo of SIGUSR2 changed")
    if report["stopped"] != stops:
        wrong.append("SIGSTOP: %d stops sent, %d seen" % (stops, report["stopped"]))
    ticks = receiver.delivered.get("SIGALRM", 0)
    # While stopped for 0.1 s at a time, ticks merge into one.
    most = elapsed / ITIMER_SECONDS
    if not 0.8 * (most - stops * 0.1 / ITIMER_SECONDS) <= ticks <= most + 1:
        wrong.append("SIGALRM: %d ticks in %.3f s" % (ticks, elapsed))
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--stops", type=int, default=3, help="SIGSTOP and SIGCONT, so many times")
    parser.add_argument(
        "--catch", default="SIGURG",
        help="which of %s get a handler and are sent (comma-separated)" % ", ".join(IGNORABLE))
    parser.add_argument("--send-to", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    caught = [name for name in arguments.catch.split(",") if name]
    sent = ["SIGUSR1", "SIGUSR2"] + caught
    if not set(caught) <= set(IGNORABLE):
        parser.error("--catch takes only %s" % ", ".join(IGNORABLE))
    if arguments.send_to is not None:
        Sender(arguments.send_to, arguments.rounds, arguments.stops, sent).run()
        return

    receive(arguments, caught)


def receive(arguments, caught):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    sender = subprocess.Popen(
        [sys.executable, os.path.abspath(__file__), "--send-to", str(os.getpid()),
         "--rounds", str(arguments.rounds), "--stops", str(arguments.stops),
         "--catch", arguments.catch],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    receiver = Receiver(["SIGUSR1", "SIGALRM", "SIGRTMIN"] + caught)
    waiter = Waiter()
    receiver.acknowledgements = waiter.acknowledgements = sender.stdin.fileno()
    waiter.start()

    handshake.ready(caught=caught)
    start = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, ITIMER_SECONDS, ITIMER_SECONDS)
    sender.stdin.write(b"\n")
    sender.stdin.flush()
    work_until(sender)
    signal.setitimer(signal.ITIMER_REAL, 0)
    elapsed = time.monotonic() - start
    receiver.acknowledgements = None
    burn(0.05)
    receiver.drain()
    report = json.loads(sender.stdout.read())
    wrong = verdict(report, receiver, waiter, sender.pid, elapsed, arguments.stops)
    handshake.truth(
        ok=not wrong, wrong=wrong, wall_s=elapsed, sent=report["sent"], lost=report["lost"],
        delivered=dict(receiver.delivered, SIGUSR2=len(waiter.information)),
        handled=receiver.handled)


if __name__ == "__main__":
    main()
