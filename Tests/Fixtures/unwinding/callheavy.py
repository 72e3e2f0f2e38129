"""Keeps the C stack moving: recursion, callbacks from C, and the usual C libraries."""
import ctypes
import functools
import json
import os
import re
import sys
import zlib

LIBC = ctypes.CDLL(None)
COMPARE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))


def compare(a, b):
    return a[0] - b[0]


def ctypes_sort():
    values = (ctypes.c_int * 64)(*[i * 7919 % 101 for i in range(64)])
    LIBC.qsort(values, 64, ctypes.sizeof(ctypes.c_int), COMPARE(compare))


def recurse(n):
    return 1 if n == 0 else recurse(n - 1) + len(str(n))


class Node:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return self.value < other.value

    def __add__(self, other):
        return Node(self.value + other.value)

    def __getattr__(self, name):
        return functools.reduce(lambda a, b: a + b, range(20))


def sort_nodes():
    nodes = [Node(i * 7919 % 1009) for i in range(200)]
    nodes.sort()
    sorted(nodes, key=lambda node: -node.missing)
    return functools.reduce(lambda a, b: a + b, nodes)


def substitute():
    return re.sub(r"(\w+)\s+(\w+)", lambda m: m.group(2) + m.group(1), "alpha beta gamma " * 40)


def documents():
    document = {str(i): [i, {"x": float(i)}, "y" * 20] for i in range(60)}
    return json.loads(json.dumps(document, indent=1), object_hook=lambda d: d)


def compress():
    return zlib.decompress(zlib.compress(os.urandom(20000) + b"a" * 50000, 6))


def generate(n):
    yield from (x for x in map(lambda x: x * 2, range(n)) if x % 3)


WORK = [
    ctypes_sort, lambda: recurse(120), sort_nodes, substitute, documents, compress,
    lambda: sum(generate(300)), lambda: eval("sorted(range(50), key=lambda x: -x)"),
]

print("ready", flush=True)
while True:
    for work in WORK:
        work()
