import CPython
import SampleTypes

/// One thread of the target, as the processing thread keeps it.
final class RecordedThread {
  let sampling: ThreadSampling
  /// Index in `Profile.threads`.
  let index: Int32
  var name: String
  /// Its number in the target's own PID namespace.
  let number: UInt64
  var isPython = false
  /// Where its Python state is, where a `TickProgram` takes the samples.
  var python: PythonThread?
  var offCPU: OffCPUClock
  /// Since when the thread is off the CPU, if it is.
  var away: Away?
  /// The user stack at the last switch, kept until it is known how long the thread was away.
  var switchStack: [UInt8] = []

  struct Away {
    /// Nanoseconds of CLOCK_MONOTONIC.
    var since: UInt64
    var isPreempted = false
    var registers: Registers
    var stackCount: Int
    var kernelFrames: [Int32]
    /// The finished sample, where it could be taken while the thread was away.
    var sample: OffCPUSample?
  }

  init(
    sampling: ThreadSampling, index: Int32, name: String, number: UInt64, period: UInt64
  ) {
    self.sampling = sampling
    self.index = index
    self.name = name
    self.number = number
    let phase = UInt64(truncatingIfNeeded: sampling.tid) &* 2_654_435_761
    offCPU = OffCPUClock(period: period, phase: phase)
  }
}

/// Stack and state of a thread that is off the CPU; its weight is known when it comes back.
struct OffCPUSample {
  var result: SampleAssembler.Result
  var gil: GilState
}
