import Glibc

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
