"""The protocol that every target program of the tests follows; see README.md.

    target -> {"ready": true, "pid": ...}     one line of JSON, once everything is set up
    test   -> one line (or end of file)       the recorder is attached: go
    target -> {"truth": true, ...}            one line of JSON, what really happened
"""

import json
import os
import sys


def announce(**facts):
    """Announces that the program has reached its interesting point; it waits for the test by itself."""
    _write(dict({"ready": True, "pid": os.getpid()}, **facts))


def ready(**facts):
    """Announces that the program has reached its interesting point, and waits for the test."""
    announce(**facts)
    # Unbuffered: text buffering would steal bytes that an exec'ed successor should read.
    while os.read(0, 1) not in (b"\n", b""):
        pass


def truth(**facts):
    """Tells what happened, as measured by the program itself."""
    _write(dict({"truth": True, "python": sys.version.split()[0]}, **facts))


def _write(document):
    line = (json.dumps(document) + "\n").encode()
    while line:
        line = line[os.write(1, line):]
