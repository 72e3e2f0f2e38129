import LinuxIO

/// Whether tracing could be the end of a process, because of a seccomp filter of its own.
///
/// While a thread is traced the kernel does not drop the signals that it ignores: it wakes the thread for them
/// (kernel/signal.c, sig_ignored), and what nanosleep(2), poll(2) and futex(2) do then goes on by
/// restart_syscall(2). A filter that was written without that call in mind kills its process for it.
enum SystemCallFilter {
  /// True where the process is filtered more than the one that made it. A filter that both have is a
  /// container's or a service's, made for programs of all kinds, and so is that of a container's first process.
  static func isOwn(of process: ProcFiles) -> Bool {
    guard process.statusField("Seccomp") == "2", !isFirst(process) else { return false }
    guard let parent = process.statusField("PPid").flatMap({ Int32($0) }), parent > 0 else {
      return true
    }
    return count(process) > count(ProcFiles(pid: parent))
  }

  private static func isFirst(_ process: ProcFiles) -> Bool {
    process.statusField("NSpid")?.split(separator: "\t").last == "1"
  }

  /// How many filters it has; where the kernel does not tell (before 5.9), 1 if there is any.
  private static func count(_ process: ProcFiles) -> Int {
    guard process.statusField("Seccomp") == "2" else { return 0 }
    return process.statusField("Seccomp_filters").flatMap { Int($0) } ?? 1
  }

  static func note(isTraced: Bool) -> String {
    isTraced
      ? "the target has a seccomp filter of its own; if that does not allow restart_syscall(2), a signal that the "
        + "target ignores may kill it while it is traced (--capture read does not trace)"
      : "the target has a seccomp filter of its own, which may kill it while it is traced: Python frames alone "
        + "are read; if the filter allows restart_syscall(2), --capture kernel or stop records all"
  }
}
