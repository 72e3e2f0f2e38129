"""Who traces this process, as the kernel says: 0 is nobody."""


def tracer():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("TracerPid:"):
                return int(line.split()[1])
