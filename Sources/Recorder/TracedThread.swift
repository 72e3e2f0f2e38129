import LinuxIO
import PerfEvents

/// One thread of the target, as the tracing thread keeps it.
final class TracedThread {
  let sampling: ThreadSampling
  /// The signal that stops it at a tick, nil where every candidate is blocked or handled.
  let signal: Int32?
  var tickRing: TickRing
  /// Where the thread's Python state is.
  var python = ThreadPython()

  var slot: Int32 { sampling.slot }
  var tid: Int32 { sampling.tid }

  /// Maps the tick's ring and arms its signal: ticks may stop the thread from here on.
  init(sampling: ThreadSampling, signal: Int32?) throws(SystemError) {
    self.sampling = sampling
    self.signal = signal
    tickRing = try TickRing(of: sampling.userTick)
    if let signal { try sampling.userTick.signalThread(sampling.tid, signal: signal) }
  }
}
