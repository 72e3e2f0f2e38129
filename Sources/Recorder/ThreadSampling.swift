import LinuxIO
import PerfEvents

/// The events of one thread of the target.
///
/// The tracing thread opens them and keeps the user tick's ring; the processing thread drains the
/// kernel events' ring and reads counts. Each part is used by one of them only, but for `userTick`,
/// whose descriptor both may use: every use of it is one system call.
final class ThreadSampling: @unchecked Sendable {
  /// Number of this thread in the recording; never used twice.
  let slot: Int32
  let tid: Int32
  let userTick: PerfEvent
  /// Kernel ticks and switches, where privilege allows them.
  let kernel: KernelEvents?

  init(slot: Int32, tid: Int32, userTick: consuming PerfEvent, kernel: KernelEvents?) {
    self.slot = slot
    self.tid = tid
    self.userTick = userTick
    self.kernel = kernel
  }
}

/// The kernel ticks and the switches of one thread, in one ring.
final class KernelEvents {
  let tick: PerfEvent
  let contextSwitch: PerfEvent
  let tickIdentifier: UInt64
  var ring: PerfRing

  init(tid: Int32, period: UInt64) throws(SystemError) {
    tick = try PerfEvent(.kernelTick, tid: tid, period: period)
    contextSwitch = try PerfEvent(.contextSwitch, tid: tid, period: 1)
    ring = try PerfRing(of: tick, dataBytes: PerfRing.sampleRingBytes)
    try contextSwitch.redirect(to: tick)
    tickIdentifier = tick.identifier()
  }
}
