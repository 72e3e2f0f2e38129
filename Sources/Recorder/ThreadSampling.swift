import LinuxIO
import PerfEvents

/// What the processing thread needs of one thread of the target: its number, and the events that
/// are sampled without a stop.
///
/// Made by the tracing thread, which lets go of it when it hands it over: it has one owner at a time.
final class ThreadSampling: @unchecked Sendable {
  let slot: Int32
  let tid: Int32
  /// Kernel ticks and switches, where privilege allows them.
  let kernel: KernelEvents?

  init(slot: Int32, tid: Int32, kernel: KernelEvents?) {
    self.slot = slot
    self.tid = tid
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
