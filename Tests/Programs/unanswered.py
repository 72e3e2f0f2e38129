"""A thread whose Python frames lie in memory that nobody serves: a userfaultfd is asked for it and never answers.

For 3.12, whose data stack is at a known place of a thread state. The thread waits for a lock and touches none of it.
"""

import ctypes
import fcntl
import os
import struct
import threading
import time

import handshake

PAGE = os.sysconf("SC_PAGESIZE")
SYS_USERFAULTFD = 323
UFFDIO_API = 0xC018AA3F
UFFDIO_REGISTER = 0xC020AA00
DATA_STACK_CHUNK = 232


def take_away(address, size):
    """The pages are asked for from now on, and nobody answers."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = libc.syscall(SYS_USERFAULTFD, os.O_CLOEXEC)
    if number < 0:
        raise OSError(ctypes.get_errno(), "userfaultfd")
    fcntl.ioctl(number, UFFDIO_API, bytearray(struct.pack("QQQ", 0xAA, 0, 0)))
    fcntl.ioctl(number, UFFDIO_REGISTER, bytearray(struct.pack("QQQQ", address, size, 1, 0)))
    if libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(size), 4):
        raise OSError(ctypes.get_errno(), "madvise")


def main():
    lock = threading.Lock()
    lock.acquire()
    threading.Thread(target=lock.acquire, daemon=True).start()
    time.sleep(0.2)
    api = ctypes.pythonapi
    api.PyInterpreterState_Main.restype = ctypes.c_void_p
    api.PyInterpreterState_ThreadHead.restype = ctypes.c_void_p
    api.PyInterpreterState_ThreadHead.argtypes = [ctypes.c_void_p]
    newest = api.PyInterpreterState_ThreadHead(api.PyInterpreterState_Main())
    chunk = ctypes.c_uint64.from_address(newest + DATA_STACK_CHUNK).value
    assert chunk % PAGE == 0
    try:
        take_away(chunk, 4 * PAGE)
    except OSError as error:
        handshake.announce(refusal=str(error))
        return
    handshake.announce()
    while True:
        time.sleep(0.01)


if __name__ == "__main__":
    main()
