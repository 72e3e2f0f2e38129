"""Burning CPU in pure Python, measured on the thread's own CPU clock."""

import time


def burn(seconds):
    """Burns `seconds` of this thread's CPU time; returns what was really burned."""
    start = time.thread_time()
    end = start + seconds
    value = 1
    now = start
    while now < end:
        # About a quarter of a millisecond, so that reading the clock (a system call) stays rare.
        for _ in range(3000):
            value = (value * 1103515245 + 12345) & 0x7FFFFFFF
        now = time.thread_time()
    return now - start
