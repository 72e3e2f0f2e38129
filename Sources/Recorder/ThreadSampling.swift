import LinuxIO
import PerfEvents

/// The events of one thread of the target.
///
/// The tracing thread opens them and keeps the tick's ring, if it has one; the processing thread drains
/// the kernel events' ring and reads counts. Each part is used by one of them only, but for `tick`,
/// whose descriptor both may use: every use of it is one system call.
final class ThreadSampling: @unchecked Sendable {
  /// Number of this thread in the recording; never used twice.
  let slot: Int32
  /// `ProcessLink.number`.
  let process: Int32
  let tid: Int32
  /// Its overflows stop the thread or, with a `TickProgram`, are samples already.
  let tick: PerfEvent
  /// Kernel ticks and switches, where privilege allows them.
  let kernel: KernelEvents?

  init(
    slot: Int32, process: Int32, tid: Int32, tick: consuming PerfEvent, kernel: KernelEvents?
  ) {
    self.slot = slot
    self.process = process
    self.tid = tid
    self.tick = tick
    self.kernel = kernel
  }
}

/// The switches of one thread and, unless a `TickProgram` takes them, its kernel ticks, in one ring.
final class KernelEvents {
  private let tick: PerfEvent?
  private let contextSwitch: PerfEvent
  let tickIdentifier: UInt64?
  /// What becomes readable when the ring should be drained.
  let descriptor: Int32
  var ring: PerfRing

  /// Kernel ticks come a little less often than user ticks. With one period the two clocks of a
  /// thread would keep the distance at which they were opened, a few microseconds: each kernel tick
  /// would land in the kernel's handling of the user tick before it.
  static func tickPeriod(_ userPeriod: UInt64) -> UInt64 { userPeriod &+ userPeriod / 27 }

  init(tid: Int32, period: UInt64, ringBytes: Int) throws(SystemError) {
    let tick = try PerfEvent(.kernelTick, tid: tid, period: Self.tickPeriod(period))
    contextSwitch = try PerfEvent(.contextSwitch, tid: tid, period: 1, ringBytes: ringBytes)
    ring = try PerfRing(of: tick, dataBytes: ringBytes)
    try contextSwitch.redirect(to: tick)
    tickIdentifier = tick.identifier()
    descriptor = tick.rawValue
    self.tick = consume tick
  }

  /// Switches only.
  init(switchesOf tid: Int32, ringBytes: Int) throws(SystemError) {
    tick = nil
    tickIdentifier = nil
    contextSwitch = try PerfEvent(.contextSwitch, tid: tid, period: 1, ringBytes: ringBytes)
    descriptor = contextSwitch.rawValue
    ring = try PerfRing(of: contextSwitch, dataBytes: ringBytes)
  }
}
