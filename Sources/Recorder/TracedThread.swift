import LinuxIO
import PerfEvents

/// One thread of the target, as the tracing thread keeps it.
final class TracedThread {
  let sampling: ThreadSampling
  /// The signal that stops it at a tick, nil where every candidate is blocked or handled.
  let signal: Int32?
  /// Nil where a `TickProgram` takes the samples, and where there is no memory left for it.
  private(set) var tickRing: TickRing?
  private let program: OwnedDescriptor?
  /// Where the thread's Python state is.
  var python = ThreadPython()

  var slot: Int32 { sampling.slot }
  var tid: Int32 { sampling.tid }

  /// Maps the tick's ring and arms its signal: ticks may stop the thread from here on.
  init(sampling: ThreadSampling, signal: Int32?) throws(SystemError) {
    self.sampling = sampling
    self.signal = signal
    program = nil
    tickRing = signal == nil ? nil : try? TickRing(of: sampling.tick!)
    if let signal { try sampling.tick!.signalThread(sampling.tid, signal: signal) }
  }

  /// Gives the ticks to `program`: the thread is sampled from here on, and never stopped for it.
  init(sampling: ThreadSampling, program: TickProgram) throws(SystemError) {
    self.sampling = sampling
    signal = nil
    tickRing = nil
    self.program = try program.attach(to: sampling.tick!, slot: sampling.slot)
  }

  /// Without a ring a stop is all that tells of its tick: `stop` stands for it then.
  func takeTick(or stop: TickRing.Tick) -> (newest: TickRing.Tick, count: Int)? {
    tickRing == nil ? (stop, 1) : tickRing!.take()
  }

  /// Whether it has the ring that it should have.
  var lacksRing: Bool { signal != nil && program == nil && tickRing == nil }
}
