"""Replaces itself by a fresh interpreter, from the main thread or from another one.

Everything a recorder has cached about the process is wrong afterwards: addresses, thread state,
and, when another thread calls exec, even the thread (it takes over the process's id).
"""

import argparse
import os
import sys
import threading
import time

import handshake
from burning import burn


def before_exec(seconds):
    return burn(seconds)


def after_exec(seconds):
    return burn(seconds)


def replace(arguments, burned):
    tid = threading.get_native_id()
    os.execv(sys.executable, [
        sys.executable, os.path.abspath(__file__), "--seconds", str(arguments.seconds),
        "--burned", repr(burned), "--caller", str(tid),
    ])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU seconds, before and after")
    parser.add_argument("--from-thread", action="store_true")
    parser.add_argument("--burned", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--caller", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.burned is not None:
        handshake.truth(
            functions=["before_exec", "after_exec"],
            cpu_s=[arguments.burned, after_exec(arguments.seconds)],
            exec_called_by=arguments.caller, pid=os.getpid())
        return
    handshake.ready()
    burned = before_exec(arguments.seconds)
    if arguments.from_thread:
        threading.Thread(target=replace, args=(arguments, burned)).start()
        time.sleep(3600)
    replace(arguments, burned)


if __name__ == "__main__":
    main()
