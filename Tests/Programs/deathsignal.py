"""Asks for a signal when whoever made it ends, and lives for --seconds: exit status 5 if none came."""

import argparse
import ctypes
import signal
import sys
import time

import handshake

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=float, default=2)
arguments = parser.parse_args()
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
handshake.ready()
end = time.monotonic() + arguments.seconds
while time.monotonic() < end:
    sum(range(1000))
handshake.truth()
sys.exit(5)
