"""Ends in every way a process can end, `--after` CPU seconds after the go line.

The truth line comes before the end; it says the wait status that the parent must see.
"""

import argparse
import os
import signal
import sys
import threading
import time

import handshake
from burning import burn


def leave_by_return(status):
    sys.exit(status)


def leave_by_os_exit(status):
    os._exit(status)


def leave_by_os_exit_in_thread(status):
    threading.Thread(target=os._exit, args=(status,)).start()
    time.sleep(3600)


def leave_by_exception(status):
    raise RuntimeError("on purpose")


def leave_by_signal(status):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(3600)


def leave_by_sigkill(status):
    os.kill(os.getpid(), signal.SIGKILL)


def leave_by_abort(status):
    # No core file: it would be written into the test's directory.
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.abort()


def leave_with_daemon_threads(status):
    for _ in range(4):
        threading.Thread(target=burn, args=(3600,), daemon=True).start()
    burn(0.02)
    sys.exit(status)


EXPECTED = {
    "return": lambda status: status,
    "os_exit": lambda status: status,
    "os_exit_in_thread": lambda status: status,
    "exception": lambda status: 1,
    "signal": lambda status: 128 + signal.SIGTERM,
    "sigkill": lambda status: 128 + signal.SIGKILL,
    "abort": lambda status: 128 + signal.SIGABRT,
    "daemon_threads": lambda status: status,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--how", choices=sorted(EXPECTED), default="return")
    parser.add_argument("--status", type=int, default=7)
    parser.add_argument("--after", type=float, default=0.0, help="CPU seconds burned before")
    arguments = parser.parse_args()
    handshake.ready()
    burned = burn(arguments.after)
    handshake.truth(
        how=arguments.how, cpu_s=burned, shell_status=EXPECTED[arguments.how](arguments.status))
    name = "leave_with_" if arguments.how == "daemon_threads" else "leave_by_"
    globals()[name + arguments.how](arguments.status)


if __name__ == "__main__":
    main()
