"""Four threads that check themselves without end: two checksums, an interpreted sum, an epoll loop.

Whoever attaches, lets go or dies in the middle must not be noticed: the sums stay right, and no call
fails with EINTR, as nobody sends this program a signal.
"""

import argparse
import ctypes
import errno
import os
import select
import threading
import time
import zlib

import handshake

LIBC = ctypes.CDLL(None, use_errno=True)


class Check:
    def __init__(self):
        self.rounds = 0
        self.wrong = 0
        self.goes_on = True

    def add(self, is_right):
        self.rounds += 1
        self.wrong += not is_right


def checksum(check):
    data = bytes(range(256)) * 256
    expected = zlib.crc32(data)
    while check.goes_on:
        check.add(zlib.crc32(data) == expected)


def summed():
    value = 1
    for _ in range(1000):
        value = (value * 1103515245 + 12345) & 0x7FFFFFFF
    return value


def interpreted(check):
    expected = summed()
    while check.goes_on:
        check.add(summed() == expected)


def polling(check):
    poller = select.epoll()
    events = ctypes.create_string_buffer(64)
    while check.goes_on:
        result = LIBC.epoll_wait(poller.fileno(), events, 1, 2)
        check.add(not (result == -1 and ctypes.get_errno() == errno.EINTR))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="at most, with --until-told")
    parser.add_argument("--until-told", action="store_true", help="until one more line comes")
    arguments = parser.parse_args()
    handshake.ready()
    works = {"crc": checksum, "crc2": checksum, "sum": interpreted, "epoll": polling}
    checks = {name: Check() for name in works}
    threads = [
        threading.Thread(target=work, args=(checks[name],), name=name)
        for name, work in works.items()
    ]
    for thread in threads:
        thread.start()
    if arguments.until_told:
        if select.select([0], [], [], arguments.seconds)[0]:
            os.read(0, 1)
    else:
        time.sleep(arguments.seconds)
    for check in checks.values():
        check.goes_on = False
    for thread in threads:
        thread.join()
    handshake.truth(
        rounds={name: check.rounds for name, check in checks.items()},
        wrong={name: check.wrong for name, check in checks.items()})


if __name__ == "__main__":
    main()
