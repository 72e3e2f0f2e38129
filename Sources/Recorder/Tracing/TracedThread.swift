import Glibc
import LinuxIO
import PerfEvents
import RemoteProcess

/// One thread of the target, as the tracing thread keeps it.
final class TracedThread {
  let process: TracedProcess
  let sampling: ThreadSampling
  /// The signal that stops it at a tick, nil where every candidate is blocked or handled.
  let signal: Int32?
  /// The signal and the event's descriptor before `signal` was chosen: one may still be under way.
  var formerTick: (signal: Int32, descriptor: Int32)?
  /// Nil where a `TickProgram` takes the samples, and where no more memory may be locked.
  private var tickRing: TickRing?
  private let program: OwnedDescriptor?
  private var phase: TickPhase
  /// There was a tick already at the last look whose stop had not come.
  private var hadUnservedTick = false
  /// Where the thread's Python state is.
  var python = ThreadPython()

  /// So many ticks may come without a stop of ours between them. It is what a target can get to see of
  /// us: where it takes our signal itself (sigwait(2), signalfd(2)), or once we were killed. With one, each
  /// stop would find its event disabled.
  private static let tickAllowance = 2

  var slot: Int32 { sampling.slot }
  var tid: Int32 { sampling.tid }

  /// Maps the tick's ring and arms its signal: ticks may stop the thread from here on.
  ///
  /// - Parameter phase: with which the tick was opened.
  init(
    of process: TracedProcess, sampling: ThreadSampling, phase: TickPhase, signal: Int32?
  ) throws(SystemError) {
    self.process = process
    self.sampling = sampling
    self.signal = signal
    self.phase = phase
    program = nil
    // Users may lock so much memory and no more (perf_event_mlock_kb, RLIMIT_MEMLOCK).
    tickRing = signal == nil ? nil : try? TickRing(of: sampling.tick!)
    guard let signal else { return }
    // Without a ring it could not be told that a tick has no stop.
    if tickRing != nil { sampling.tick!.allow(Self.tickAllowance) }
    try sampling.tick!.signalThread(sampling.tid, signal: signal)
  }

  /// Gives the ticks to `program`: the thread is sampled from here on, and never stopped for it.
  init(
    of process: TracedProcess, sampling: ThreadSampling, phase: TickPhase, program: TickProgram
  ) throws(SystemError) {
    self.phase = phase
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
    hadUnservedTick = false
    guard tickRing == nil else { return tickRing?.take() }
    return (TickRing.Tick(address: address, time: noticed, cpu: nil), 1)
  }

  /// Whether the tick at which the thread stands is to be sampled; to be asked once for each.
  func takesTick() -> Bool {
    guard !phase.isSettled else { return true }
    let isSample = phase.take(at: sampling.cpuTime())
    sampling.setPeriod(phase.current)
    return isSample
  }

  /// True once its ticks are as far apart as they should be.
  var isSettled: Bool { phase.isSettled }

  /// Whether it has the ring that it should have.
  var lacksRing: Bool { signal != nil && tickRing == nil }

  // MARK: How many ticks may come

  /// Allows as many ticks as were taken. `isLast` says that the event has disabled itself.
  func allowTicks(_ count: Int, isLast: Bool) {
    guard tickRing != nil, count > 0 else { return }
    if isLast { sampling.tick!.beginPeriod(phase.current) }
    sampling.tick!.allow(count)
  }

  /// Forgets ticks whose stop will not come, and allows others; returns how many they were.
  func giveUpTicks() -> Int {
    let count = tickRing?.take()?.count ?? 0
    allowTicks(count, isLast: true)
    return count
  }

  /// True if a tick that was there at the last look already still has no stop.
  func waitsForStop() -> Bool {
    let hasTick = hasUnservedTick
    defer { hadUnservedTick = hasTick }
    return hasTick && hadUnservedTick
  }

  private var hasUnservedTick: Bool { tickRing?.hasTicks() ?? false }
}
