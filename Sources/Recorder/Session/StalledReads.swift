import Glibc
import LinuxIO

/// Threads of ours that have waited in one read of another process's memory, without the CPU. What lies in it may be
/// served by that process itself, or by one that has gone (userfaultfd(2), FUSE): then the read never returns, and
/// nothing but our own end can end it.
struct StalledReads {
  /// Nanoseconds for which a read may take no CPU: memory that was swapped out comes back sooner.
  static let patience: UInt64 = 3_000_000_000

  /// What a thread was at when it was last looked at, and since when.
  private struct Wait {
    var call: String
    var since: UInt64
  }

  private var waits: [Int32: Wait] = [:]
  private let files = ProcFiles(pid: getpid())

  /// Looks at all threads; true if one has waited for too long. Nothing is known where the kernel does not tell what
  /// its threads wait for (`/proc/PID/task/TID/syscall`).
  mutating func look(at now: UInt64) -> Bool {
    var waits: [Int32: Wait] = [:]
    for tid in files.threads() {
      guard let call = Self.call(of: "/proc/self/task/\(tid)") else { continue }
      let before = self.waits[tid]
      waits[tid] = before?.call == call ? before : Wait(call: call, since: now)
    }
    self.waits = waits
    return waits.values.contains { now &- $0.since >= Self.patience }
  }

  /// The read that a thread waits in, and its CPU time so far: of two that look alike that differs.
  private static func call(of thread: String) -> String? {
    let number = "\(SystemCallNumber.readProcessMemory) "
    guard let call = ProcFiles.text(thread + "/syscall"), call.hasPrefix(number) else { return nil }
    return call + (ProcFiles.text(thread + "/schedstat") ?? "")
  }
}
