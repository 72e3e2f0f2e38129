public import SampleTypes

/// One stretch of one thread's time, with the stack that it was spent in.
public struct Sample: Sendable, Hashable, BitwiseCopyable {
  /// Nanoseconds since the start of the recording.
  public var time: Int64
  /// Nanoseconds of this thread's time that the sample stands for.
  public var weight: Int64
  /// Index in `Profile.threads`.
  public var thread: Int32
  /// Index in `Profile.stacks` of the innermost frame; -1 for no frame at all.
  public var stack: Int32
  public var cpu: CPUState
  public var gil: GilState
  public var source: SampleSource
  public var merge: MergeQuality
  /// Index in `Ledger.reasons` for why the merge is not exact; 0 is "none".
  public var reason: UInt16

  public init(
    time: Int64, weight: Int64, thread: Int32, stack: Int32, cpu: CPUState, gil: GilState,
    source: SampleSource, merge: MergeQuality, reason: UInt16 = 0
  ) {
    self.time = time
    self.weight = weight
    self.thread = thread
    self.stack = stack
    self.cpu = cpu
    self.gil = gil
    self.source = source
    self.merge = merge
    self.reason = reason
  }
}

/// Where the thread was with respect to the CPU.
public enum CPUState: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  case running
  /// Ready to run, but another thread had the CPU.
  case runnable
  case blocked
}

/// How the sample was taken; their consistency differs.
public enum SampleSource: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  /// The thread was stopped at the sampled user instruction: one frozen instant.
  case userTick
  /// The thread was in the kernel: registers and stack by perf, Python read without a stop.
  case kernelTick
  /// The thread left the CPU: as `kernelTick`, weighted by its time away.
  case contextSwitch
  /// On the CPU, but not stopped where no signal or no perf event could be used: Python read
  /// without a stop, registers and stack by perf or not at all.
  case unstopped
}

/// What became of joining the native and the Python stack.
public enum MergeQuality: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  case exact, partial, pythonOnly, nativeOnly
}
