import CPython
import LinuxIO
import PerfEvents
import SampleTypes

/// One thread of the target, as the tracing thread keeps it.
final class TracedThread {
  /// Number of this thread in the recording; never used twice.
  let slot: Int32
  let tid: Int32
  /// The signal that stops it at a tick, nil where every candidate is blocked or handled.
  let signal: Int32?
  let userTick: PerfEvent
  var tickRing: TickRing
  /// Where the thread's Python state is.
  var python = ThreadPython()

  init(slot: Int32, tid: Int32, signal: Int32?, period: UInt64) throws(SystemError) {
    self.slot = slot
    self.tid = tid
    self.signal = signal
    userTick = try PerfEvent(.userTick, tid: tid, period: period)
    tickRing = try TickRing(of: userTick)
    if let signal { try userTick.signalThread(tid, signal: signal) }
  }
}
