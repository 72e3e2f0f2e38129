"""No target: stops the thread TID, whatever it is at, until it dies. Says `held` when it stands still."""

import ctypes
import os
import sys

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_CONT = 0x4206, 0x4207, 7
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
tid = int(sys.argv[1])
for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
    if libc.ptrace(request, tid, None, None) < 0:
        sys.exit(os.strerror(ctypes.get_errno()))
_, status = os.waitpid(tid, WALL)
if not os.WIFSTOPPED(status):
    sys.exit("it has ended")
print("held", flush=True)
os.waitpid(tid, WALL)
