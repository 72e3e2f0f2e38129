import Glibc
import LinuxIO
import PerfEvents

/// What perf_event_open(2) will probably allow.
enum PerfPermissions {
  /// `kernel.perf_event_paranoid`; nil where it cannot be read.
  static var paranoid: Int? { ProcFiles.number("/proc/sys/kernel/perf_event_paranoid") }

  /// `kernel.perf_event_mlock_kb`; nil where it cannot be read.
  static var ringKilobytes: Int? { ProcFiles.number("/proc/sys/kernel/perf_event_mlock_kb") }

  /// The errno with which the kernel refuses an event of our own thread; nil if it does not.
  static func trial(_ kind: EventKind) -> Int32? {
    do {
      _ = try PerfEvent(kind, tid: 0, period: 1_000_000_000)
      return nil
    } catch { return error.errno }
  }

  /// The errno with which the kernel refuses user-mode ticks even of our own thread; nil if it does
  /// not. A setting, a seccomp filter, or a kernel without perf events (ENOSYS).
  static var refusal: Int32? {
    trial(.userTick).flatMap {
      [EACCES, EPERM, ENOSYS, ENOENT, EOPNOTSUPP].contains($0) ? $0 : nil
    }
  }

  /// True where kernel-mode samples may be allowed: capabilities are not looked at.
  static var mayAllowKernel: Bool { geteuid() == 0 || (paranoid ?? 2) <= 1 }
}
