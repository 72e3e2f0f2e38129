/// What was asked of the kernel; the raw value is how an error spells it.
public enum SystemCall: String, Hashable, Sendable {
  case attachProgram = "bpf(BPF_LINK_CREATE)"
  case configureProgram = "bpf(BPF_MAP_UPDATE_ELEM)"
  case epollCreate = "epoll_create1"
  case epollControl = "epoll_ctl"
  case eventfd
  case fork
  case getrlimit
  case loadProgram = "bpf(BPF_PROG_LOAD)"
  case mapRing = "mmap of a perf ring"
  case perfEventOpen = "perf_event_open"
  case processMemory = "process_vm_readv"
  case ptrace
  case readCall = "/proc/PID/task/TID/syscall"
  case redirectEvent = "ioctl(PERF_EVENT_IOC_SET_OUTPUT)"
  case seize = "ptrace(PTRACE_SEIZE)"
  case signalOfEvent = "fcntl(F_SETSIG)"
  case signalfd
  case startThread = "pthread_create"
  case write
}
