import Glibc
import LinuxIO
import Recorder

/// What decides whether a process may be traced, as found when it was refused.
struct PermissionFacts: Equatable {
  /// `kernel.yama.ptrace_scope`; nil where Yama is not built in.
  var ptraceScope: Int?
  /// `kernel.perf_event_paranoid`.
  var paranoid: Int?
  var ownUser: UInt32
  /// Effective user of the target; nil if it cannot be read.
  var targetUser: UInt32?
  /// Whether hyflame has CAP_SYS_PTRACE.
  var mayTrace = false
}

extension PermissionFacts {
  static func current(pid: Int32) -> PermissionFacts {
    let fields = ProcFiles(pid: pid).statusField("Uid")?.split { $0 == "\t" || $0 == " " }
    return PermissionFacts(
      ptraceScope: ProcFiles.number("/proc/sys/kernel/yama/ptrace_scope"),
      paranoid: ProcFiles.number("/proc/sys/kernel/perf_event_paranoid"),
      ownUser: geteuid(),
      // Real, effective, saved, file system.
      targetUser: fields.flatMap { $0.count > 1 ? UInt32($0[1]) : nil },
      mayTrace: Capabilities.ownEffective.contains(.trace))
  }
}
