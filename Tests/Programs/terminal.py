"""No target: runs a command at a terminal and says how that went, as one line of JSON.

    terminal.py [--stop-output] [--interrupts N] [--until TEXT] [--patience S] -- CMD ARGS…

Waits until TEXT is on the screen, then types Ctrl-C N times, each after --pause seconds or, if there is an
--again TEXT, when that is on the screen. --stop-output types Ctrl-S before, and nobody reads any more.
"""

import argparse
import json
import os
import pty
import select
import signal
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--stop-output", action="store_true")
parser.add_argument("--interrupts", type=int, default=1)
parser.add_argument("--until", default="recording")
parser.add_argument("--again")
parser.add_argument("--pause", type=float, default=0.5)
parser.add_argument("--patience", type=float, default=10)
parser.add_argument("command", nargs=argparse.REMAINDER)
arguments = parser.parse_args()

child, master = pty.fork()
if child == 0:
    words = arguments.command[arguments.command[0] == "--":]
    os.execv(words[0], words)
screen = b""
status = None


def read(seconds):
    global screen
    if select.select([master], [], [], seconds)[0]:
        try:
            screen += os.read(master, 65536)
        except OSError:  # Nobody has the other end open any more.
            time.sleep(0.01)


def has_ended():
    global status
    if status is None:
        pid, found = os.waitpid(child, os.WNOHANG)
        if pid:
            status = os.WEXITSTATUS(found) if os.WIFEXITED(found) else 128 + os.WTERMSIG(found)
    return status is not None


def wait(condition, seconds, reads=True):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not condition() and not has_ended():
        read(0.02) if reads else time.sleep(0.02)


wait(lambda: arguments.until.encode() in screen, 20)
if arguments.stop_output:
    os.write(master, b"\x13")
    # More than one rewritten line.
    wait(lambda: False, 1, reads=False)
begin = time.monotonic()
for number in range(arguments.interrupts):
    if number and arguments.again:
        wait(lambda: arguments.again.encode() in screen, arguments.patience)
    elif number:
        wait(lambda: False, arguments.pause, reads=not arguments.stop_output)
    if arguments.stop_output:
        # A terminal that is typed at goes on.
        os.kill(child, signal.SIGINT)
    else:
        os.write(master, b"\x03")
wait(has_ended, arguments.patience, reads=not arguments.stop_output)
ended_after = time.monotonic() - begin
if not has_ended():
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    status = -1
if not arguments.stop_output:
    while select.select([master], [], [], 0.1)[0]:
        before = len(screen)
        read(0)
        if len(screen) == before:
            break
print(json.dumps({"status": status, "seconds": ended_after, "screen": screen.decode(errors="replace")}))
sys.stdout.flush()
