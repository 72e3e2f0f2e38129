"""Machine code made at run time, which ctypes calls: `caller` spends --seconds in it.

--shape: `leaf` keeps no frame at all, `framed` a frame pointer, `saving` neither but slots of its own,
into which it never writes, and uses rbp for something else. --names: how the code is named, `map`
(/tmp/perf-PID.map), `dump` (a jitdump, which names it when the work is half done) or `none`.
--library instead opens that library late and stays in its `grind`; `vdso` instead reads the clock.
"""

import argparse
import ctypes
import mmap
import os
import struct
import tempfile
import time

import handshake

LOOP = "48 83 ef 01 75 fa"  # sub rdi, 1; jnz
SHAPES = {
    "leaf": LOOP + "c3",
    # push rbp; mov rbp, rsp; sub rsp, 64; …; leave
    "framed": "55 48 89 e5 48 83 ec 40" + LOOP + "c9 c3",
    # push rbp; push rbx; sub rsp, 0x148; mov rbp, rdi; sub rbp, 1; jnz; …
    "saving": "55 53 48 81 ec 48 01 00 00 48 89 fd 48 83 ed 01 75 fa"
              "48 81 c4 48 01 00 00 5b 5d c3",
}


def make(shape):
    code = bytes.fromhex(SHAPES[shape].replace(" ", ""))
    memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return address, code, memory


def write_map(address, code):
    path = "/tmp/perf-%d.map" % os.getpid()
    with open(path, "w") as file:
        file.write("%x %x made_loop\n" % (address, len(code)))
    return path


def open_dump():
    """perf's jitdump, version 1: its writer maps a page of it executable to tell where it is."""
    path = os.path.join(tempfile.mkdtemp(), "jit-%d.dump" % os.getpid())
    file = open(path, "wb+")
    file.write(struct.pack("<IIIIIIQQ", 0x4A695444, 1, 40, 62, 0, os.getpid(), 0, 0))
    file.flush()
    return file, mmap.mmap(file.fileno(), 40, prot=mmap.PROT_READ | mmap.PROT_EXEC)


def write_dump(file, address, code):
    body = struct.pack("<IIQQQQ", os.getpid(), os.getpid(), address, address, len(code), 1)
    body += b"made_loop\0" + code
    file.write(struct.pack("<IIQ", 0, 16 + len(body), time.monotonic_ns()) + body)
    file.flush()


def caller(function, argument, seconds):
    start = time.thread_time()
    while time.thread_time() - start < seconds:
        function(argument)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", choices=SHAPES, default="leaf")
    parser.add_argument("--names", choices=["map", "dump", "none"], default="none")
    parser.add_argument("--library")
    parser.add_argument("--vdso", action="store_true")
    parser.add_argument("--seconds", type=float, default=0.5)
    options = parser.parse_args()
    handshake.ready()
    remains = []
    if options.library:
        library = ctypes.CDLL(options.library)
        library.grind.argtypes, library.grind.restype = [ctypes.c_double], ctypes.c_double
        library.calibrate()
        library.grind(options.seconds)
    elif options.vdso:
        caller(lambda count: [time.monotonic() for _ in range(count)], 1000, options.seconds)
    else:
        if options.names == "dump":
            dump, mapped = open_dump()
            remains.append(dump.name)
        address, code, memory = make(options.shape)
        function = ctypes.CFUNCTYPE(None, ctypes.c_size_t)(address)
        if options.names == "map":
            remains.append(write_map(address, code))
        caller(function, 2000000, options.seconds / 2)
        if options.names == "dump":
            write_dump(dump, address, code)
        caller(function, 2000000, options.seconds / 2)
    handshake.truth()
    return remains


for path in main():
    os.remove(path)
