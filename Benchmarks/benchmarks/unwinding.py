"""Unwinding beside libunwind and libdw, on the same captured stacks."""

import json
import os
import subprocess

from . import place
from .table import number, table

WANTED = 8


def measure(python, progress):
    head = "## Unwinding\n\n"
    if not os.access(place.UNWINDING, os.X_OK):
        place.skip("unwinding", "UnwindingBenchmark is not built (make bench builds it)")
        return head + "Not measured: UnwindingBenchmark is not built."
    progress("unwinding")
    program = os.path.join(place.ROOT, "Tests", "Fixtures", "unwinding", "callheavy.py")
    run = subprocess.run([place.UNWINDING, python, program], capture_output=True, text=True)
    if run.returncode != 0:
        place.skip("unwinding", run.stderr.strip()[-200:])
        return head + "Not measured: " + run.stderr.strip()[-200:]
    result = json.loads(run.stdout)
    own = result["unwinders"][0]["ns"]
    rows = [[one["name"], one["frames"], number(one["ns"], 0) + " ns", number(one["ns"] / own) + "×"]
            for one in result["unwinders"]]
    cached = [one["ns"] / own for one in result["unwinders"] if "libunwind" in one["name"]]
    check = ""
    if cached:
        met = "met" if min(cached) >= WANTED else "NOT met"
        check = (f"\n\nAt least {WANTED} times libunwind's speed on the same stacks, its best figure "
                 f"counting: {min(cached):.1f} times, {met}.")
    return (
        head + f"{result['stacks']} stacks of a running interpreter (`callheavy.py` of the tests), captured once "
        "with their registers and unwound again and again, all from the same bytes, with warm caches. CPU "
        "time a frame: the best of ten passes. libunwind 1.6 drops addresses from its "
        "cache, so each stack is also unwound twice in a row, of which the second time counts.\n\n"
        + table(["unwinder", "frames", "a frame", "of hyflame's"], rows) + check)
