public import LinuxIO

/// Which signals a process catches, and which a thread blocks and has waiting: bit n-1 for signal n
/// (proc_pid_status(5)).
public struct SignalMasks: Equatable, Sendable {
  public var blocked: UInt64
  public var caught: UInt64
  /// Sent to this very thread and not delivered yet.
  public var pending: UInt64

  public init(blocked: UInt64, caught: UInt64, pending: UInt64 = 0) {
    self.blocked = blocked
    self.caught = caught
    self.pending = pending
  }

  /// Of one thread, from `/proc/PID/task/TID/status`.
  public init?(of tid: Int32, in process: ProcFiles) {
    guard let text = ProcFiles.text("/proc/\(process.pid)/task/\(tid)/status") else { return nil }
    var masks: [Substring: UInt64] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("Sig") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let digits = line[line.index(after: colon)...].drop { $0 == "\t" }
      masks[line[..<colon]] = UInt64(digits, radix: 16)
    }
    guard let blocked = masks["SigBlk"], let caught = masks["SigCgt"] else { return nil }
    self.init(blocked: blocked, caught: caught, pending: masks["SigPnd"] ?? 0)
  }

  public func isBlocked(_ signal: Int32) -> Bool { blocked >> UInt64(signal - 1) & 1 == 1 }
  public func isCaught(_ signal: Int32) -> Bool { caught >> UInt64(signal - 1) & 1 == 1 }
  public func isPending(_ signal: Int32) -> Bool { pending >> UInt64(signal - 1) & 1 == 1 }
}
