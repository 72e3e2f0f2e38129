import CLinux
import Glibc
import LinuxIO
import PerfEvents
import ProfileModel
import RecordingFile
import RemoteProcess

/// The main thread's loop: samples, signals, the clock, the progress line; and how a recording ends.
final class RecordingLoop {
  private let plan: RecordingPlan
  private let link: TracerLink
  private let session: RecordingSession
  private let prepared: ProcessLink?
  private let watch: InterruptWatch
  private let inheritance: Inheritance
  private var life: TargetLife!
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
  /// When a Ctrl-C reached the launched command too, nanoseconds of CLOCK_MONOTONIC; 0 if none did.
  private var sharedInterruptAt: UInt64 = 0
  private var supervisedAt: UInt64 = 0
  /// Between Ctrl-Z and the moment in which the target has been let go.
  private var isSuspending = false
  /// True once the target ran unseen for a while.
  private var hasSuspended = false
  private var writeError: RecordingError?
  /// True once samples are in the file.
  private var hasWritten = false

  /// Milliseconds of a turn while samples come, and while none do.
  private static let busyTurn: Int32 = 10
  /// While a program starts, whose interpreter is not known yet, or whose code objects may be gone soon.
  private static let startingTurn: Int32 = 1
  private static let idleTurn: Int32 = 50
  private static let drainingTime: UInt64 = 5_000_000
  private static let usualFlushInterval: UInt64 = 1_000_000_000
  private static let progressInterval: UInt64 = 100_000_000
  private static let supervisingInterval: UInt64 = 50_000_000
  /// How long a launched command that got a Ctrl-C is recorded on, nanoseconds.
  private static let commandGrace: UInt64 = 1_000_000_000
  /// Tokens of the event loop; the slots of threads come behind.
  private static let signalToken: UInt64 = 0
  private static let bellToken: UInt64 = 1
  private static let firstSlotToken: UInt64 = 2

  /// - Parameter prepared: what is known already of the process to attach to.
  init(
    plan: RecordingPlan, link: TracerLink, session: RecordingSession, prepared: ProcessLink?,
    watch: InterruptWatch, inheritance: Inheritance
  ) throws(SystemError) {
    self.plan = plan
    self.link = link
    self.session = session
    self.prepared = prepared
    self.watch = watch
    self.inheritance = inheritance
    events = try EventLoop()
    try events.watch(watch.bell.rawValue, token: Self.signalToken)
    try events.watch(link.bell.rawValue, token: Self.bellToken)
  }

  /// Runs the recording to its end.
  func run(_ progress: (RecordingProgress) -> Void) throws(RecordingError) -> RecordingSummary {
    session.prepare()
    if watch.isInterrupted { throw .stoppedEarly }
    watch.enter(.recording)
    life = try beginLife()
    Self.leaveRealTime()
    try startTracer(prepared)
    var flushedAt = MonotonicClock.now()
    var shownAt = flushedAt
    // Soon after the start, so that there is something to read whatever happens.
    var flushInterval: UInt64 = 100_000_000
    while true {
      if try turn() {
        guard isSuspending, life.end == nil, try suspend() else { return try finish(progress) }
      }
      let now = MonotonicClock.now()
      if isStarted, now &- flushedAt >= flushInterval {
        flushedAt = now
        flushInterval = Self.usualFlushInterval
        try flush()
        // Nobody else would: a container's first process gets all that lost their parent. A tracer meets them.
        if !link.mode.isTraced { while linux_reap_others(life.pid) > 0 {} }
      }
      if isStarted, now &- shownAt >= Self.progressInterval {
        shownAt = now
        progress(session.progress())
      }
    }
  }

  private var timeout: Int32 {
    if session.isLocating || session.meetsNewCode { return Self.startingTurn }
    return isBusy || link.tickProgram != nil ? Self.busyTurn : Self.idleTurn
  }

  /// Waits for something to do and does it. True at the end of tracing.
  private func turn() throws(RecordingError) -> Bool {
    let before = session.sampleCount
    ready.removeAll(keepingCapacity: true)
    events.wait(milliseconds: timeout) { ready.append($0) }
    drainRings()
    watchNewThreads()
    if ready.contains(Self.bellToken) { link.bell.silence() }
    if ready.contains(Self.signalToken) { watch.silence() }
    while let signal = watch.next() { try take(signal) }
    // Before the news of an end that `watch` has caused.
    checkDuration()
    let event = session.turn()
    watchNewThreads()
    isBusy = session.sampleCount != before
    switch event {
    case .none: break
    case .started:
      if !isStarted { begin() }
    case .failed(let error): throw error
    case .ended: return true
    }
    link.priority.supervise(
      isCPUSpare: runnable.leavesCPU(besides: link.priority.isGivingWay ? 2 : 1))
    // The tracing thread may be about to wait just when it is told: tell it until it has ended.
    if link.shouldStop || isSupervisionDue { tracer?.wake() }
    return false
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
  private func watchNewThreads() {
    for thread in session.takeNewThreads() {
      guard let descriptor = thread.sampling.kernel?.descriptor else { continue }
      let token = Self.firstSlotToken + UInt64(thread.sampling.slot)
      try? events.watch(descriptor, token: token)
    }
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
    if life.isLaunched, signal.number == SIGINT, signal.isFromTerminal {
      sharedInterruptAt = MonotonicClock.now()
      return
    }
    stop(.signal)
  }

  /// The target is sampled from now on.
  private func begin() {
    isStarted = true
    startedAt = MonotonicClock.now()
    if let deadline { watch.end(at: deadline) }
    if let descriptor = plan.readyDescriptor {
      write(descriptor, "\n", 1)
      close(descriptor)
    }
  }

  private var deadline: UInt64? {
    plan.duration.map { startedAt &+ UInt64(min($0, 1e9) * 1e9) }
  }

  private func checkDuration() {
    let now = MonotonicClock.now()
    if sharedInterruptAt != 0, now &- sharedInterruptAt >= Self.commandGrace { stop(.signal) }
    if isStarted, let deadline, now >= deadline { stop(.duration) }
  }

  private func stop(_ reason: RecordingSummary.End) {
    guard stopReason == nil else { return }
    stopReason = reason
    isSuspending = false
    link.requestStop()
  }

  /// Where threads are stopped by signals, the tracing thread looks now and then whose these are. It would sleep
  /// until the next stop.
  private var isSupervisionDue: Bool {
    guard isStarted, link.mode.needsSignal else { return false }
    let now = MonotonicClock.now()
    guard now &- supervisedAt >= Self.supervisingInterval else { return false }
    supervisedAt = now
    return true
  }

  /// Before the tracing thread exists, and on the main thread: see `LaunchedCommand`.
  private func beginLife() throws(RecordingError) -> TargetLife {
    switch plan.target {
    case .attach(let pid): TargetLife(attachedTo: pid)
    case .launch(let words): try TargetLife(launching: words, inheritance)
    }
  }

  /// The tracing thread has the lowest real-time priority: a main thread that inherited a higher one (chrt(1)) would
  /// keep it from the CPU, and the stopped target with it.
  private static func leaveRealTime() {
    // Without SCHED_RESET_ON_FORK, which is a flag in it.
    let policy = sched_getscheduler(0) & ~0x4000_0000
    guard policy == SCHED_FIFO || policy == SCHED_RR else { return }
    var parameters = sched_param()
    sched_setscheduler(0, SCHED_OTHER, &parameters)
  }

  /// A disk that is full now may have room at the next flush; the last one decides.
  private func flush() throws(RecordingError) {
    do { try session.flush() } catch {
      // What was cut off is lost, and what follows means nothing without it.
      if case .outputDisturbed(_, rescue: nil) = error { throw error }
      if writeError == nil { session.note("the recording could not be written for a while") }
      writeError = error
      return
    }
    guard !hasWritten, session.sampleCount > 0 else { return }
    hasWritten = true
    watch.onAbort(
      say: "aborted; what was sampled until the last second is in \(plan.output)", remove: nil)
  }

  /// Ctrl-Z. The target is let go already: nobody could serve its stops now. Stops this process, and
  /// attaches again when it is continued; false if there is nothing left to attach to.
  private func suspend() throws(RecordingError) -> Bool {
    joinTracer()
    isSuspending = false
    hasSuspended = true
    session.suspend()
    try flush()
    let began = MonotonicClock.now()
    kill(getpid(), SIGSTOP)
    let seconds = (MonotonicClock.now() &- began) / 1_000_000_000
    session.note("the recording was suspended (Ctrl-Z), for \(seconds) s the first time")
    guard life.look() == nil, stopReason == nil,
      let prepared = try? session.inspect(pid: life.pid)
    else { return false }
    link.allowStart()
    try startTracer(prepared)
    if let deadline { watch.end(at: deadline) }
    return true
  }

  private func startTracer(_ prepared: ProcessLink?) throws(RecordingError) {
    let started = try TracerThread.start(plan: plan, life: life, link: link, prepared: prepared)
    tracer = started
    let ending = InterruptWatch.Ending(sharesInterrupts: life.isLaunched) {
      [link, priority = MainThreadPriority()] in
      link.requestStop()
      started.wake()
      // What waits to be worked off is all that hyflame still does; whoever asked for the end waits for it.
      priority.raise()
    }
    watch.attend(to: ending)
  }

  private func joinTracer() {
    watch.attend(to: nil)
    tracer?.join()
    tracer = nil
  }

  private func finish(
    _ progress: (RecordingProgress) -> Void
  ) throws(RecordingError) -> RecordingSummary {
    joinTracer()
    session.endsWithTarget = stopReason == nil && !hasSuspended
    try session.close()
    let last = session.progress()
    if life.isLaunched { awaitCommand(progress, last) }
    watch.enter(.over)
    guard session.sampleCount > 0 else {
      guard life.isLaunched else { throw .noSamples(commandStatus: nil) }
      throw .noSamples(commandStatus: life.end?.waitStatus, warning: session.warning)
    }
    return RecordingSummary(
      end: end, progress: last, threads: Int(session.ledger.threadsSeen),
      sampledThreads: Int(session.ledger.threadsWithSamples),
      processes: Int(session.ledger.processesSeen),
      sampledProcesses: Int(session.ledger.processesWithSamples), quality: session.quality,
      notes: session.notes, warning: session.warning)
  }

  /// After a Ctrl-C that the launched command has got too, and has survived: whoever typed it expects its end to
  /// be ours, unless another signal comes first. Whoever ends a recording otherwise may take the command for ended, too.
  private func awaitCommand(
    _ progress: (RecordingProgress) -> Void, _ last: RecordingProgress
  ) {
    guard sharedInterruptAt != 0 else {
      if life.look() == nil { session.note("process \(life.pid) runs on") }
      return
    }
    watch.forgive()
    var told = false
    while life.look() == nil {
      if !told {
        told = true
        var waiting = last
        waiting.awaitedCommand = life.pid
        progress(waiting)
      }
      var bell = pollfd(fd: watch.bell.rawValue, events: Int16(POLLIN), revents: 0)
      poll(&bell, 1, 20)
      watch.silence()
      while let signal = watch.next() {
        switch signal.number {
        case SIGTTOU: break
        case SIGTSTP: kill(getpid(), SIGSTOP)
        default: return session.note("process \(life.pid) runs on")
        }
      }
    }
  }

  private var end: RecordingSummary.End {
    if life.isLaunched, let status = life.end?.waitStatus {
      return .commandEnded(waitStatus: status)
    }
    return stopReason ?? .targetEnded
  }
}
