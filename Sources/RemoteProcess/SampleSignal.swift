import Glibc
public import LinuxIO

/// The choice of the signal by which the kernel stops a thread at the sampled instruction.
public enum SampleSignal {
  /// Signals whose default action is "ignore" (signal(7)): if the profiler dies with one queued, the
  /// target never knows.
  public static let candidates: [Int32] = [SIGURG, SIGWINCH, SIGCHLD]

  /// The first candidate that `masks` neither handle nor block. A thread that blocked it would not
  /// stop; one that handles it could lose one of its own, because the kernel queues a standard
  /// signal once.
  public static func choose(_ masks: SignalMasks) -> Int32? {
    candidates.first { !masks.isCaught($0) && !masks.isBlocked($0) }
  }
}

/// Which signals a process catches and a thread blocks: bit n-1 for signal n (proc_pid_status(5)).
public struct SignalMasks: Equatable, Sendable {
  public var blocked: UInt64
  public var caught: UInt64

  public init(blocked: UInt64, caught: UInt64) {
    self.blocked = blocked
    self.caught = caught
  }

  /// Of one thread, from `/proc/PID/task/TID/status`.
  public init?(of tid: Int32, in process: ProcFiles) {
    guard let blocked = Self.mask("SigBlk", tid, process),
      let caught = Self.mask("SigCgt", tid, process)
    else { return nil }
    self.init(blocked: blocked, caught: caught)
  }

  func isBlocked(_ signal: Int32) -> Bool { blocked >> UInt64(signal - 1) & 1 == 1 }
  func isCaught(_ signal: Int32) -> Bool { caught >> UInt64(signal - 1) & 1 == 1 }

  private static func mask(_ name: String, _ tid: Int32, _ process: ProcFiles) -> UInt64? {
    process.statusField(name, tid: tid).flatMap { UInt64($0, radix: 16) }
  }
}
