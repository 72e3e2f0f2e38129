"""Children that become other users, each named by its number: `--users 1000 1001`. Needs root."""

import argparse
import os
import time

import handshake


def work(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))


def become(user, seconds):
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    work(seconds)
    os._exit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, nargs="*", default=[])
    parser.add_argument("--seconds", type=float, default=1.5)
    arguments = parser.parse_args()
    handshake.ready()
    children = []
    for user in arguments.users:
        child = os.fork()
        if child == 0:
            become(user, arguments.seconds)
        children.append(child)
    work(arguments.seconds)
    for child in children:
        os.waitpid(child, 0)
    handshake.truth(users=len(arguments.users))


if __name__ == "__main__":
    main()
