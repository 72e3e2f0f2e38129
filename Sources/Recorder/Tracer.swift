import CLinux
import CPython
import Glibc
import LinuxIO
import PerfEvents
import ProfileModel
import RemoteProcess
import SampleTypes

/// The tracing thread: waits for stops, reads what a sample needs, lets the thread go on. All else
/// happens elsewhere (Docs/Capture.md).
///
/// ptrace belongs to the kernel thread that seized, so one Tracer lives on one pthread from
/// beginning to end. When that thread exits, the kernel lets every tracee go without stopping it
/// (kernel/ptrace.c, exit_ptrace): that is how a recording ends, and what happens if it is killed.
final class Tracer {
  private let plan: RecordingPlan
  private let link: TracerLink
  private var process: ProcFiles
  private var threads: [Int32: TracedThread] = [:]
  private var nextSlot: Int32 = 0
  /// False once the kernel has refused kernel-mode samples.
  private var samplesKernel = true
  private var hasNotedRingLimit = false
  private var hasNotedFileLimit = false
  private let files = FileBudget()
  private var rings = RingBudget(total: .max, threads: 1)
  /// False where the kernel would send no signal of a tick.
  private var maySignal = true
  private var sampler: StopSampler
  private var placement = TracerPlacement()
  /// What stops threads that are made while recording. Their own masks do not tell: pthread_create
  /// blocks every signal in a new thread until it is set up (glibc, nptl/pthread_create.c).
  private var usualSignal: Int32?
  /// Of the launched command or the attached process, once it is known that it ended.
  private var endStatus: Int32?

  init(plan: RecordingPlan, link: TracerLink) {
    self.plan = plan
    self.link = link
    process = ProcFiles(pid: 0)
    sampler = StopSampler(pid: 0, startOfStack: 0, link: link, recordsNative: plan.recordsNative)
  }

  /// The whole life of the tracing thread.
  func run() {
    do {
      link.priority.begin()
      switch plan.target {
      case .attach(let pid): try attach(pid)
      case .launch(let command): try launch(command)
      }
      serve()
      finish()
    } catch {
      link.post(.failed(error))
    }
  }

  // MARK: Beginning

  /// Seizes every thread. Threads made by one that is already seized come by themselves; a thread
  /// made by one that was not yet is found by listing again until nothing is new.
  private func attach(_ pid: Int32) throws(RecordingError) {
    begin(pid)
    sampler.prepareNext()
    var foundNew = true
    while foundNew {
      foundNew = false
      for tid in process.threads() where threads[tid] == nil {
        do {
          try Ptrace.seize(tid)
        } catch {
          // Gone; or made by a thread that is seized already, and then it is ours and waits.
          if error.errno == ESRCH || isOurs(tid) { continue }
          throw seizeError(error)
        }
        if try open(tid) { foundNew = true }
      }
    }
    guard !threads.isEmpty else {
      throw hasNotedFileLimit ? .tooFewFiles(limit: files.limit) : .noSuchProcess(pid: pid)
    }
    link.post(.started(pid: pid))
  }

  /// The child waits at its gate until it is seized. Its events are opened when its exec stops it,
  /// so that the first sample is the program's.
  private func launch(_ command: [String]) throws(RecordingError) {
    let child: LaunchedCommand
    do { child = try LaunchedCommand(command) } catch {
      throw .system(operation: error.operation, errno: error.errno)
    }
    begin(child.pid)
    do { try Ptrace.seize(child.pid) } catch {
      throw seizeError(error)
    }
    child.release()
    try waitForExec(child, command)
    link.post(.started(pid: child.pid))
  }

  private func waitForExec(
    _ child: borrowing LaunchedCommand, _ command: [String]
  ) throws(RecordingError) {
    while let (tid, status) = wait(blocking: true) {
      if linux_stopped(status) == 0 {
        throw .cannotLaunch(command: command[0], errno: child.execError() ?? ENOEXEC)
      }
      let isExec = status >> 16 == PTRACE_EVENT_EXEC.rawValue
      if isExec { _ = try open(tid) }
      Ptrace.resume(tid, signal: status >> 16 == 0 ? linux_stop_signal(status) : 0)
      if isExec { return }
    }
    throw .cannotLaunch(command: command[0], errno: ECHILD)
  }

  private func begin(_ pid: Int32) {
    process = ProcFiles(pid: pid)
    rings = .forThreads(process.threads().count)
    maySignal = SignalPermission.isGranted(for: process)
    let ledger = sampler.ledger
    sampler = StopSampler(
      pid: pid, startOfStack: process.startOfStack() ?? 0, link: link,
      recordsNative: plan.recordsNative)
    sampler.ledger = ledger
  }

  private func isOurs(_ tid: Int32) -> Bool {
    process.statusField("TracerPid", tid: tid) == String(linux_gettid())
  }

  private func seizeError(_ error: SystemError) -> RecordingError {
    let pid = process.pid
    if error.errno == ESRCH || !process.exists() { return .noSuchProcess(pid: pid) }
    if let tracer = process.statusField("TracerPid").flatMap({ Int32($0) }), tracer != 0 {
      return .alreadyTraced(pid: pid, tracer: tracer)
    }
    return .notPermitted(pid: pid, operation: "ptrace", errno: error.errno, paranoid: nil)
  }

  /// Opens the events of a seized thread; false if it has ended meanwhile.
  private func open(_ tid: Int32, isNew: Bool = false) throws(RecordingError) -> Bool {
    guard threads[tid] == nil else { return false }
    do {
      if let program = link.tickProgram {
        try open(tid, for: program)
      } else {
        try openStopping(tid, isNew: isNew)
      }
      nextSlot += 1
      return true
    } catch {
      if error.errno == ESRCH { return false }
      if error.errno == EMFILE || error.errno == ENFILE {
        noteFileLimit()
        return false
      }
      throw openError(error)
    }
  }

  private func openStopping(_ tid: Int32, isNew: Bool) throws(SystemError) {
    let signal = signal(for: tid, isNew: isNew)
    let tick = try openTick(.userTick, tid)
    var kernel = openKernelEvents { () throws(SystemError) in
      try KernelEvents(
        tid: tid, period: plan.period, ticks: signal == nil ? .all : .kernel,
        ringBytes: rings.ringBytes)
    }
    if signal == nil, kernel == nil {
      kernel = try KernelEvents(
        tid: tid, period: plan.period, ticks: .user, ringBytes: rings.ringBytes)
    }
    let sampling = ThreadSampling(slot: nextSlot, tid: tid, tick: tick, kernel: kernel)
    let thread = try TracedThread(sampling: sampling, signal: signal)
    if thread.lacksRing { noteRingLimit("stops cannot be checked against their ticks") }
    threads[tid] = thread
    link.post(.thread(sampling))
  }

  /// Leaves some descriptors to everything else: the memory map alone must be opened again and again.
  private func openTick(_ kind: EventKind, _ tid: Int32) throws(SystemError) -> PerfEvent {
    let tick = try PerfEvent(kind, tid: tid, period: plan.period)
    guard files.mayUse(tick.rawValue) else {
      throw SystemError("perf_event_open", errno: EMFILE)
    }
    return tick
  }

  private func noteFileLimit() {
    guard !hasNotedFileLimit else { return }
    hasNotedFileLimit = true
    link.post(
      .note(
        "\(threads.count) threads are sampled, and others not: they need more open files than "
          + "ulimit -Hn allows (\(files.limit))"))
  }

  /// An ordinary user's rings must fit into what one may lock in memory (perf_event_open(2)).
  private func noteRingLimit(_ effect: String) {
    guard !hasNotedRingLimit else { return }
    hasNotedRingLimit = true
    let limit =
      ProcFiles.text("/proc/sys/kernel/perf_event_mlock_kb")
      .map { "is \($0.prefix { !$0.isNewline })" } ?? "cannot be read"
    link.post(
      .note(
        "from the \(threads.count + 1)th thread on \(effect): the memory for rings is spent "
          + "(kernel.perf_event_mlock_kb \(limit); ulimit -l adds to it)"))
  }

  /// The thread is made known before its first sample can be.
  private func open(_ tid: Int32, for program: TickProgram) throws(SystemError) {
    let sampling = ThreadSampling(
      slot: nextSlot, tid: tid, tick: try openTick(.tick, tid),
      kernel: openKernelEvents { () throws(SystemError) in
        try KernelEvents(switchesOf: tid, ringBytes: rings.ringBytes)
      })
    link.post(.thread(sampling))
    threads[tid] = try TracedThread(sampling: sampling, program: program)
  }

  private func signal(for tid: Int32, isNew: Bool) -> Int32? {
    guard maySignal else {
      link.post(
        .note(
          "user-mode samples are taken without a stop: of another user's threads the kernel tells "
            + "root alone by signal"))
      return nil
    }
    if isNew { return usualSignal }
    var signal: Int32?
    // pthread_create blocks every signal in the creating thread too, for some microseconds.
    for _ in 0..<20 where signal == nil {
      guard let masks = SignalMasks(of: tid, in: process) else { break }
      if usualSignal == nil {
        usualSignal = SampleSignal.choose(SignalMasks(blocked: 0, caught: masks.caught))
      }
      signal = SampleSignal.choose(masks)
      if signal == nil { usleep(100) }
    }
    if signal == nil {
      link.post(
        .note(
          "thread \(tid) blocks or handles every signal that could stop it: its Python frames are "
            + "read without a stop"
        ))
    }
    return signal
  }

  private func openError(_ error: SystemError) -> RecordingError {
    guard error.errno == EACCES || error.errno == EPERM else {
      return .system(operation: error.operation, errno: error.errno)
    }
    return .notPermitted(
      pid: process.pid, operation: error.operation, errno: error.errno,
      paranoid: PerfPermissions.paranoid)
  }

  /// Kernel-mode samples need privilege: without it the recording has user-mode samples only.
  private func openKernelEvents(
    _ open: () throws(SystemError) -> KernelEvents
  ) -> KernelEvents? {
    guard samplesKernel else { return nil }
    do {
      return try open()
    } catch {
      if error.operation.hasPrefix("mmap") {
        noteRingLimit("kernel-mode samples and time off the CPU are hidden")
      } else if error.errno == EACCES || error.errno == EPERM {
        samplesKernel = false
      } else if error.errno == EMFILE || error.errno == ENFILE {
        noteFileLimit()
      }
      return nil
    }
  }

  // MARK: Serving stops

  private func serve() {
    var stopsSinceReport = 0
    while !link.shouldStop, let (tid, status) = wait(blocking: true) {
      guard tid > 0 else { continue }
      handle(tid, status)
      stopsSinceReport += 1
      if stopsSinceReport >= 64 {
        stopsSinceReport = 0
        link.report(sampler.ledger)
      }
    }
  }

  /// The next thread that changed state. (0, 0) if a signal came first or, when not blocking, if
  /// there is none; nil when nothing is traced any more.
  private func wait(blocking: Bool) -> (tid: Int32, status: Int32)? {
    var status: Int32 = 0
    let result = linux_wait_any(&status, blocking ? 0 : WNOHANG)
    if result == -Int(EINTR) { return (0, 0) }
    guard result >= 0 else { return nil }
    return (Int32(result), status)
  }

  private func handle(_ tid: Int32, _ status: Int32) {
    guard linux_stopped(status) != 0 else { return threadEnded(tid, status) }
    let signal = linux_stop_signal(status)
    switch status >> 16 {
    case 0: handleSignal(tid, signal)
    case Int32(PTRACE_EVENT_STOP.rawValue): handleEventStop(tid, signal)
    case Int32(PTRACE_EVENT_EXEC.rawValue): handleExec(tid)
    default: Ptrace.resume(tid)  // A clone: the new thread announces itself.
    }
  }

  /// Signal-delivery-stop: a tick of ours is the sample, and the signal goes no further; any other
  /// signal is the target's own.
  private func handleSignal(_ tid: Int32, _ signal: Int32) {
    guard let thread = threads[tid], signal == thread.signal,
      let origin = Ptrace.signalOrigin(tid), Self.isReadiness(origin.code),
      origin.descriptor == thread.sampling.tickDescriptor
    else { return Ptrace.resume(tid, signal: signal) }
    let cpu = sampler.sample(thread)
    if let cpu { placement.follow(cpu) }
  }

  /// The codes of F_SETSIG, with which alone si_fd is valid: POLL_IN … POLL_HUP or, for signals that
  /// have codes of their own (SIGCHLD), SI_SIGIO (fs/fcntl.c, send_sigio_to_task).
  private static func isReadiness(_ code: Int32) -> Bool { 1...6 ~= code || code == -5 }

  /// A new thread's first stop, a group-stop, or the end of one (ptrace(2), PTRACE_EVENT_STOP).
  private func handleEventStop(_ tid: Int32, _ signal: Int32) {
    guard signal == SIGTRAP else { return Ptrace.listen(tid) }
    if threads[tid] == nil {
      guard process.hasThread(tid) else { return Ptrace.detach(tid) }
      do { _ = try open(tid, isNew: true) } catch {
        link.post(.note("thread \(tid) is not sampled: \(error)"))
      }
    }
    Ptrace.resume(tid)
  }

  /// The process runs a new program, with this one thread, which has taken the process's number.
  private func handleExec(_ tid: Int32) {
    for thread in threads.values { end(thread) }
    threads.removeAll()
    begin(process.pid)
    link.publish(runtime: nil)
    link.post(.exec)
    do { _ = try open(tid) } catch {
      link.post(.note("the program that was executed is not sampled: \(error)"))
    }
    Ptrace.resume(tid)
  }

  private func threadEnded(_ tid: Int32, _ status: Int32) {
    if let thread = threads.removeValue(forKey: tid) { end(thread) }
    if tid == process.pid { endStatus = status }
  }

  private func end(_ thread: TracedThread) {
    link.post(.threadEnded(slot: thread.slot))
  }

  // MARK: End

  /// No more ticks, then no thread left in a stop; the exit of this thread detaches the rest.
  private func finish() {
    for thread in threads.values { thread.sampling.tick?.disable() }
    while let (tid, status) = wait(blocking: false), tid > 0 { handle(tid, status) }
    link.report(sampler.ledger)
    link.post(.ended(waitStatus: endStatus))
  }
}
