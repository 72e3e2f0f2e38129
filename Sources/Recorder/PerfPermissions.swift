import Glibc
import LinuxIO

/// What perf_event_open(2) will probably allow.
enum PerfPermissions {
  /// `kernel.perf_event_paranoid`; nil where it cannot be read.
  static var paranoid: Int? {
    ProcFiles.text("/proc/sys/kernel/perf_event_paranoid").flatMap {
      Int($0.prefix { $0 != "\n" })
    }
  }

  /// True where kernel-mode samples may be allowed: capabilities are not looked at.
  static var mayAllowKernel: Bool { geteuid() == 0 || (paranoid ?? 2) <= 1 }
}
