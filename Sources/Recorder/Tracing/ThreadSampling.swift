import LinuxIO
import PerfEvents
import Synchronization

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
  /// Nil where a `Poller` looks at the thread.
  let tick: PerfEvent?
  /// Kernel ticks and switches, where privilege allows them.
  let kernel: KernelEvents?

  /// When its events were there, nanoseconds of CLOCK_MONOTONIC.
  let openedAt = MonotonicClock.now()
  /// -1 without events.
  let tickDescriptor: Int32
  private let polledTime = Atomic<UInt64>(0)

  init(
    slot: Int32, process: Int32, tid: Int32, tick: consuming PerfEvent, kernel: KernelEvents?
  ) {
    self.slot = slot
    self.process = process
    self.tid = tid
    tickDescriptor = tick.rawValue
    self.tick = consume tick
    self.kernel = kernel
  }

  /// A thread without events.
  init(slot: Int32, process: Int32, tid: Int32) {
    self.slot = slot
    self.process = process
    self.tid = tid
    tick = nil
    tickDescriptor = -1
    kernel = nil
  }

  /// Nanoseconds of CPU time since it is sampled.
  func cpuTime() -> UInt64 {
    tick?.count() ?? polledTime.load(ordering: .relaxed)
  }

  /// Has the thread's ticks come after `period` nanoseconds from now on, and each as long after the last.
  func setPeriod(_ period: UInt64) { tick?.setPeriod(period) }

  /// Tells what the scheduler counted of a thread without events.
  func setCPUTime(_ nanoseconds: UInt64) { polledTime.store(nanoseconds, ordering: .relaxed) }
}

/// The switches of one thread and, unless a `TickProgram` takes them, its kernel ticks, in one ring.
/// For a thread that no signal can stop: all of its ticks.
final class KernelEvents {
  /// Which ticks are in the ring.
  enum Ticks {
    case kernel, all, user
  }

  private let tick: PerfEvent?
  private var phase: TickPhase
  private let contextSwitch: PerfEvent?
  /// What lets a `TickProgram` take the samples of switches; nil where they are in the ring.
  private let program: OwnedDescriptor?
  let tickIdentifier: UInt64?
  /// Nanoseconds that a tick stands for.
  let tickWeight: UInt64
  /// False where privilege allows nothing of what the thread does in the kernel.
  let seesKernel: Bool
  /// What becomes readable when the ring should be drained; nil where it is drained in every turn.
  let descriptor: Int32?
  /// Stack bytes that a tick and a switch have at most; what lies farther out is read later.
  let tickStackBytes: Int
  let switchStackBytes: Int
  var ring: PerfRing

  init(
    tid: Int32, period: UInt64, ticks: Ticks = .kernel, hasSwitches: Bool = true,
    ringBytes: Int
  ) throws(SystemError) {
    tickWeight = ticks == .kernel ? Self.tickPeriod(period) : period
    seesKernel = ticks != .user
    let kind: EventKind =
      switch ticks {
      case .kernel: .kernelTick
      case .all: .unstoppedTick
      case .user: .unstoppedUserTick
      }
    tickStackBytes = EventAttributes.tickStackBytes(ringBytes: ringBytes)
    switchStackBytes = EventAttributes.switchStackBytes(
      EventAttributes.switchStackBytes, ringBytes: ringBytes)
    phase = TickPhase(period: tickWeight)
    let tick = try PerfEvent(kind, tid: tid, period: phase.first, ringBytes: ringBytes)
    // Until its tick has been taken it must not fill the ring with others.
    tick.enableForOneTick()
    ring = try PerfRing.forSamples(of: tick, limit: ringBytes, stackBytes: tickStackBytes)
    if ticks == .user || !hasSwitches {
      contextSwitch = nil
    } else {
      let contextSwitch = try PerfEvent(
        .contextSwitch(stackBytes: EventAttributes.switchStackBytes), tid: tid, period: 1,
        ringBytes: ringBytes)
      try contextSwitch.redirect(to: tick)
      self.contextSwitch = consume contextSwitch
    }
    tickIdentifier = tick.identifier()
    descriptor = tick.rawValue
    self.tick = consume tick
    program = nil
  }

  /// Whether a tick that was counted at `count` is to be sampled; to be asked once for each. Called on the
  /// thread that drains.
  func takesTick(at count: UInt64) -> Bool {
    guard !phase.isSettled else { return true }
    let isSample = phase.take(at: count)
    tick?.setPeriod(phase.current)
    if phase.isSettled { tick?.enable() } else { tick?.enableForOneTick() }
    enabledAt = MonotonicClock.now()
    checksLeft = Self.checks
    return isSample
  }

  /// When the tick was enabled last, and how often it is still to be made sure of that.
  private var enabledAt: UInt64 = 0
  private var checksLeft = 0
  private static let checks = 3
  /// Nanoseconds between two of them.
  private static let checkInterval: UInt64 = 5_000_000

  /// Makes sure that the tick is enabled, where it was a moment ago; to be called when the ring has been drained. Its one
  /// tick has it disabled by an interrupt of its own, a little after its record is there (kernel/events/core.c,
  /// perf_event_disable_inatomic): whoever enables it between the two has no tick ever after.
  func keepEnabled() {
    guard checksLeft > 0 else { return }
    let now = MonotonicClock.now()
    guard now &- enabledAt >= Self.checkInterval else { return }
    checksLeft -= 1
    enabledAt = now
    tick?.enable()
  }

  /// True where a `TickProgram` takes the samples of switches.
  var copiesSwitches: Bool { program != nil }

  /// Switches only, whose samples `program` takes.
  init(
    switchesOf tid: Int32, process: Int32, slot: Int32, ringBytes: Int, program: TickProgram
  ) throws(SystemError) {
    tick = nil
    tickIdentifier = nil
    tickWeight = 0
    phase = TickPhase(period: 1)
    seesKernel = true
    tickStackBytes = 0
    switchStackBytes = 0
    descriptor = nil
    contextSwitch = nil
    // The ring and the program hold the event, which needs no descriptor of its own then.
    let event = try PerfEvent(.leaving, tid: tid, period: 1, ringBytes: ringBytes)
    ring = try PerfRing.forSamples(of: event, limit: ringBytes, stackBytes: 0)
    self.program = try program.attach(to: event, isSwitch: true, process: process, slot: slot)
  }

  /// Kernel ticks come a little less often than user ticks. With one period the two clocks of a
  /// thread would keep the distance at which they were opened, a few microseconds: each kernel tick
  /// would land in the kernel's handling of the user tick before it.
  private static func tickPeriod(_ userPeriod: UInt64) -> UInt64 {
    userPeriod &+ userPeriod / 27
  }
}
