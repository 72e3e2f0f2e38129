"""System calls that fail with EINTR when somebody stops the thread at the wrong moment.

They are made through ctypes, so Python does not repeat them (PEP 475 is not in play). No signal
is ever sent to the threads that make them: every EINTR counted is somebody else's doing. Between two
calls they burn a little CPU, so that a sampler has ticks to take. With --signals another thread gets
real-time signals all the while, which must arrive as they were sent (queued_signals.py).
"""

import argparse
import ctypes
import errno
import os
import select
import socket
import struct
import sys
import threading
import time

import handshake
import queued_signals
from burning import burn

LIBC = ctypes.CDLL(None, use_errno=True)
TIMEOUT_MS = 3


class Calls:
    """One of everything that a thread can wait in; each returns -1 with errno set on failure."""

    def __init__(self):
        self.near_end, self.far_end = socket.socketpair()
        # A receive timeout makes recv fail with EINTR instead of being restarted (signal(7)).
        self.near_end.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, TIMEOUT_MS * 1000))
        self.epoll = select.epoll()
        self.epoll.register(self.near_end, select.EPOLLIN)
        self.events = ctypes.create_string_buffer(64)
        self.timeout = (ctypes.c_long * 2)(0, TIMEOUT_MS * 1000 * 1000)
        self.no_signals = (ctypes.c_ulong * 1)(0)
        self.word = ctypes.c_int(0)
        self.semaphore = LIBC.semget(0, 1, 0o600)  # IPC_PRIVATE

    def epoll_wait(self):
        return LIBC.epoll_wait(self.epoll.fileno(), self.events, 1, TIMEOUT_MS)

    def poll(self):
        descriptor = struct.pack("ihh", self.near_end.fileno(), select.POLLIN, 0)
        return LIBC.poll(ctypes.create_string_buffer(descriptor), 1, TIMEOUT_MS)

    def select(self):
        timeout = (ctypes.c_long * 2)(0, TIMEOUT_MS * 1000)
        return LIBC.select(0, None, None, None, timeout)

    def recv(self):
        return LIBC.recv(self.near_end.fileno(), self.events, 1, 0)

    def read(self):
        return LIBC.read(self.near_end.fileno(), self.events, 1)

    def nanosleep(self):
        return LIBC.nanosleep(self.timeout, None)

    def sigtimedwait(self):
        return LIBC.sigtimedwait(self.no_signals, None, self.timeout)

    def futex(self):
        return LIBC.syscall(202, ctypes.byref(self.word), 0, 0, self.timeout, None, 0)

    def semtimedop(self):
        wait_for_one = struct.pack("Hhh", 0, -1, 0)
        return LIBC.semtimedop(self.semaphore, wait_for_one, 1, self.timeout)

    NAMES = [
        "epoll_wait", "poll", "select", "recv", "read", "nanosleep", "sigtimedwait", "futex",
        "semtimedop",
    ]

    def close(self):
        LIBC.semctl(self.semaphore, 0, 0)  # IPC_RMID


def loop(calls, seconds, made, interrupted, unexpected):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name in Calls.NAMES:
            ctypes.set_errno(0)
            result = getattr(calls, name)()
            made[name] += 1
            if result == -1:
                number = ctypes.get_errno()
                if number == errno.EINTR:
                    interrupted[name] += 1
                elif number not in (errno.EAGAIN, errno.ETIMEDOUT):
                    label = "%s: %s" % (name, os.strerror(number))
                    unexpected[label] = unexpected.get(label, 0) + 1
            burn(0.0005)


def counters():
    return {name: 0 for name in Calls.NAMES}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--signals", type=int, default=0, help="of each kind")
    arguments = parser.parse_args()
    receiver = sender = taker = None
    if arguments.signals:
        receiver = queued_signals.Receiver()
        # The one that computes must not keep the others from their calls.
        sys.setswitchinterval(0.0005)
        # Spread over the time, in bursts.
        pause = 0.9 * arguments.seconds / arguments.signals * queued_signals.BURST
        sender = queued_signals.Sender(arguments.signals, pause, 0)
        taker = threading.Thread(target=receiver.take, args=(sender,), name="taker")
    calls = [Calls() for _ in range(arguments.threads)]
    tables = [(counters(), counters(), {}) for _ in calls]
    threads = [
        threading.Thread(target=loop, args=(one, arguments.seconds) + table)
        for one, table in zip(calls, tables)
    ]
    handshake.ready()
    for thread in threads:
        thread.start()
    if taker:
        taker.start()
        sender.start()
    for thread in threads:
        thread.join()
    if taker:
        taker.join()
    for one in calls:
        one.close()
    handshake.truth(
        calls={name: sum(made[name] for made, _, _ in tables) for name in Calls.NAMES},
        eintr={name: sum(counts[name] for _, counts, _ in tables) for name in Calls.NAMES},
        unexpected=[unexpected for _, _, unexpected in tables if unexpected],
        signals=receiver.received() if receiver else 0,
        wrong=receiver.verdict(sender) if receiver else [])


if __name__ == "__main__":
    main()
