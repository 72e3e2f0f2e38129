import Glibc
import LinuxIO
import PerfEvents

/// The main thread's loop: samples, signals, the clock, the progress line; and how a recording ends.
final class RecordingLoop {
  private let plan: RecordingPlan
  private let link: TracerLink
  private let session: RecordingSession
  private let prepared: ProcessLink?
  private let signals: SignalDescriptor
  private let runnable = RunnableTasks()
  private var events: EventLoop
  private var tracer: TracerThread?
  private var ready: [UInt64] = []
  private var isBusy = false
  private var isStarted = false
  /// When sampling began, nanoseconds of CLOCK_MONOTONIC.
  private var startedAt: UInt64 = 0
  /// Why the tracing thread was told to stop.
  private var stopReason: RecordingSummary.End?
  private var interrupts = 0
  /// Between Ctrl-Z and the moment in which the target has been let go.
  private var isSuspending = false
  private var writeError: RecordingError?

  /// Milliseconds of a turn while samples come, and while none do.
  private static let busyTurn: Int32 = 10
  /// While a program starts, whose interpreter is not known yet, or whose code objects may be gone soon.
  private static let startingTurn: Int32 = 1
  private static let idleTurn: Int32 = 50
  private static let drainingTime: UInt64 = 5_000_000
  private static let usualFlushInterval: UInt64 = 1_000_000_000
  private static let progressInterval: UInt64 = 100_000_000
  /// Tokens of the event loop; the slots of threads come behind.
  private static let signalToken: UInt64 = 0
  private static let bellToken: UInt64 = 1
  private static let firstSlotToken: UInt64 = 2

  /// - Parameter prepared: what is known already of the process to attach to.
  init(
    plan: RecordingPlan, link: TracerLink, session: RecordingSession, prepared: ProcessLink?,
    signals: consuming SignalDescriptor
  ) throws(SystemError) {
    self.plan = plan
    self.link = link
    self.session = session
    self.prepared = prepared
    self.signals = signals
    events = try EventLoop()
    try events.watch(self.signals.rawValue, token: Self.signalToken)
    try events.watch(link.bell.rawValue, token: Self.bellToken)
  }

  /// Runs the recording to its end.
  func run(_ progress: (RecordingProgress) -> Void) throws(RecordingError) -> RecordingSummary {
    session.onNewThread = { [unowned self] in watch($0) }
    session.prepare()
    tracer = TracerThread.start(plan: plan, link: link, prepared: prepared)
    var flushedAt = MonotonicClock.now()
    var shownAt = flushedAt
    // Soon after the start, so that there is something to read whatever happens.
    var flushInterval: UInt64 = 100_000_000
    while true {
      if let status = try turn() {
        guard isSuspending, status.value == nil else {
          return try finish(waitStatus: status.value)
        }
        if let end = suspend() { return try finish(waitStatus: end.value) }
      }
      let now = MonotonicClock.now()
      if isStarted, now &- flushedAt >= flushInterval {
        flushedAt = now
        flushInterval = Self.usualFlushInterval
        flush()
      }
      if isStarted, now &- shownAt >= Self.progressInterval {
        shownAt = now
        progress(session.progress())
      }
    }
  }

  /// How the process ended; no value if it was let go.
  private struct EndStatus {
    var value: Int32?
  }

  private var timeout: Int32 {
    if session.isLocating || session.meetsNewCode { return Self.startingTurn }
    return isBusy || link.tickProgram != nil ? Self.busyTurn : Self.idleTurn
  }

  /// Waits for something to do and does it. Returns the end of tracing.
  private func turn() throws(RecordingError) -> EndStatus? {
    let before = session.sampleCount
    ready.removeAll(keepingCapacity: true)
    events.wait(milliseconds: timeout) { ready.append($0) }
    drainRings()
    if ready.contains(Self.bellToken) { link.bell.silence() }
    while let signal = signals.next() { try take(signal) }
    let event = session.turn()
    isBusy = session.sampleCount != before
    switch event {
    case .none: break
    case .started:
      if !isStarted { startedAt = MonotonicClock.now() }
      isStarted = true
    case .failed(let error): throw error
    case .ended(let status): return EndStatus(value: status)
    }
    checkDuration()
    link.priority.supervise(
      isCPUSpare: runnable.leavesCPU(besides: link.priority.isGivingWay ? 2 : 1))
    // The tracing thread may be about to wait just when it is told: tell it until it has ended.
    if link.shouldStop { tracer?.wake() }
    return nil
  }

  /// Thousands of rings take long, and what the tracing thread or a `TickProgram` has taken must not find
  /// its own full meanwhile.
  private func drainRings() {
    var began = MonotonicClock.now()
    for token in ready where token >= Self.firstSlotToken {
      session.drainKernel(slot: Int32(token - Self.firstSlotToken))
      guard MonotonicClock.now() &- began > Self.drainingTime else { continue }
      session.takePackets()
      began = MonotonicClock.now()
    }
  }

  /// Kernel samples are taken as soon as they come: their Python frames move on.
  private func watch(_ thread: RecordedThread) {
    guard let descriptor = thread.sampling.kernel?.descriptor else { return }
    let token = Self.firstSlotToken + UInt64(thread.sampling.slot)
    try? events.watch(descriptor, token: token)
  }

  /// The first signal asks to stop, the second gives up at once. A Ctrl-C on a terminal reaches a
  /// launched command too: then its end is the recording's.
  private func take(_ signal: SignalDescriptor.Arrival) throws(RecordingError) {
    if signal.number == SIGTTOU { return }
    if signal.number == SIGTSTP {
      // Before the start there is nothing to let go of that could be taken up again.
      guard isStarted, stopReason == nil else { return }
      isSuspending = true
      return link.requestStop()
    }
    interrupts += 1
    if interrupts > 1 { throw .aborted }
    if case .launch = plan.target, signal.number == SIGINT, signal.isFromTerminal { return }
    stop(.signal)
  }

  private func checkDuration() {
    guard isStarted, let duration = plan.duration else { return }
    if Double(MonotonicClock.now() &- startedAt) / 1e9 >= duration { stop(.duration) }
  }

  private func stop(_ reason: RecordingSummary.End) {
    guard stopReason == nil else { return }
    stopReason = reason
    isSuspending = false
    link.requestStop()
  }

  /// A disk that is full now may have room at the next flush; the last one decides.
  private func flush() {
    do { try session.flush() } catch {
      if writeError == nil { session.note("the recording could not be written for a while") }
      writeError = error
    }
  }

  /// Ctrl-Z. The target is let go already: nobody could serve its stops now. Stops this process, and
  /// attaches again when it is continued; nil unless there is nothing left to attach to.
  private func suspend() -> EndStatus? {
    tracer?.join()
    tracer = nil
    isSuspending = false
    let pid = session.root?.link.pid ?? 0
    session.suspend()
    flush()
    let began = MonotonicClock.now()
    kill(getpid(), SIGSTOP)
    let seconds = (MonotonicClock.now() &- began) / 1_000_000_000
    session.note("the recording was suspended (Ctrl-Z), for \(seconds) s the first time")
    if case .launch = plan.target {
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid { return EndStatus(value: status) }
    }
    guard stopReason == nil, let prepared = try? session.inspect(pid: pid) else {
      return EndStatus(value: nil)
    }
    link.allowStart()
    var plan = plan
    plan.target = .attach(pid: pid)
    tracer = TracerThread.start(plan: plan, link: link, prepared: prepared)
    return nil
  }

  private func finish(waitStatus: Int32?) throws(RecordingError) -> RecordingSummary {
    tracer?.join()
    try session.close()
    guard session.sampleCount > 0 else {
      guard case .launch = plan.target else { throw .noSamples(commandStatus: nil) }
      throw .noSamples(commandStatus: waitStatus)
    }
    return RecordingSummary(
      end: end(waitStatus), progress: session.progress(), threads: Int(session.ledger.threadsSeen),
      processes: Int(session.ledger.processesSeen), notes: session.notes)
  }

  private func end(_ waitStatus: Int32?) -> RecordingSummary.End {
    if let waitStatus, case .launch = plan.target { return .commandEnded(waitStatus: waitStatus) }
    return stopReason ?? .targetEnded
  }
}
