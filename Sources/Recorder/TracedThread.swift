import LinuxIO
import PerfEvents

/// One thread of the target, as the tracing thread keeps it.
final class TracedThread {
  let process: TracedProcess
  let sampling: ThreadSampling
  /// The signal that stops it at a tick, nil where every candidate is blocked or handled.
  let signal: Int32?
  /// Nil where a `TickProgram` takes the samples, and where no more memory may be locked.
  private var tickRing: TickRing?
  private let program: OwnedDescriptor?
  /// Where the thread's Python state is.
  var python = ThreadPython()

  var slot: Int32 { sampling.slot }
  var tid: Int32 { sampling.tid }

  /// Maps the tick's ring and arms its signal: ticks may stop the thread from here on.
  init(
    of process: TracedProcess, sampling: ThreadSampling, signal: Int32?
  ) throws(SystemError) {
    self.process = process
    self.sampling = sampling
    self.signal = signal
    program = nil
    // Users may lock so much memory and no more (perf_event_mlock_kb, RLIMIT_MEMLOCK).
    tickRing = signal == nil ? nil : try? TickRing(of: sampling.tick!)
    if let signal { try sampling.tick!.signalThread(sampling.tid, signal: signal) }
  }

  /// Gives the ticks to `program`: the thread is sampled from here on, and never stopped for it.
  init(
    of process: TracedProcess, sampling: ThreadSampling, program: TickProgram
  ) throws(SystemError) {
    self.process = process
    self.sampling = sampling
    signal = nil
    tickRing = nil
    self.program = try program.attach(
      to: sampling.tick!, process: process.link.place ?? -1, slot: sampling.slot)
  }

  /// The ticks since the last stop. Without a ring, what the stop itself tells: where, and when it was
  /// noticed.
  func takeTick(
    stoppedAt address: UInt64, _ noticed: UInt64
  ) -> (newest: TickRing.Tick, count: Int)? {
    guard tickRing == nil else { return tickRing?.take() }
    return (TickRing.Tick(address: address, time: noticed, cpu: nil), 1)
  }

  /// Whether it has the ring that it should have.
  var lacksRing: Bool { signal != nil && tickRing == nil }
}
