import Glibc
import LinuxIO
import PerfEvents
import RemoteProcess

// The perf events of traced threads.
extension Tracer {
  /// Opens the events of a seized thread; false if it has ended meanwhile, or no more files may be open.
  func open(
    _ tid: Int32, of process: TracedProcess, isNew: Bool = false
  ) throws(RecordingError) -> Bool {
    guard threads[tid] == nil else { return false }
    do {
      if let program = link.tickProgram {
        try open(tid, of: process, for: program)
      } else {
        try openStopping(tid, of: process, isNew: isNew)
      }
      nextSlot += 1
      return true
    } catch {
      switch error.errno {
      case ESRCH: return false
      case EMFILE, ENFILE:
        counts.ledger.threadsWithoutDescriptors += 1
        link.report(counts.ledger)
        return false
      default: throw openError(error)
      }
    }
  }

  private func openStopping(
    _ tid: Int32, of process: TracedProcess, isNew: Bool
  ) throws(SystemError) {
    let signal = signal(for: tid, of: process, isNew: isNew)
    let period = plan.period
    let hasSwitches = plan.recordsOffCPU
    let phase = TickPhase(period: period)
    let tick = try openTick(.userTick, tid, phase)
    var kernel = openKernelEvents { size throws(SystemError) in
      try KernelEvents(
        tid: tid, period: period, ticks: signal == nil ? .all : .kernel,
        hasSwitches: hasSwitches, ringBytes: size)
    }
    if signal == nil, kernel == nil {
      kernel = try KernelEvents(tid: tid, period: period, ticks: .user, ringBytes: ringBytes)
    }
    let sampling = ThreadSampling(
      slot: nextSlot, process: process.link.number, tid: tid, tick: tick, kernel: kernel)
    let thread = try TracedThread(
      of: process, sampling: sampling, phase: phase, signal: signal)
    if thread.lacksRing { noteRingLimit("stops cannot be checked against their ticks") }
    threads[tid] = thread
    link.post(.thread(sampling))
  }

  /// The thread is made known before its first sample can be.
  private func open(
    _ tid: Int32, of process: TracedProcess, for program: TickProgram
  ) throws(SystemError) {
    let slot = nextSlot
    let phase = TickPhase(period: plan.period)
    let sampling = ThreadSampling(
      slot: slot, process: process.link.number, tid: tid, tick: try openTick(.tick, tid, phase),
      kernel: openKernelEvents { size throws(SystemError) in
        try KernelEvents(
          switchesOf: tid, process: process.link.place ?? -1, slot: slot,
          ringBytes: size, program: program)
      })
    link.post(.thread(sampling))
    link.attendant?.expect(sampling)
    do {
      threads[tid] = try TracedThread(
        of: process, sampling: sampling, phase: phase, program: program)
    } catch {
      link.attendant?.forget(slot: slot)
      link.post(.threadEnded(slot: sampling.slot))
      nextSlot += 1
      throw error
    }
  }

  private func openTick(
    _ kind: EventKind, _ tid: Int32, _ phase: TickPhase
  ) throws(SystemError) -> PerfEvent {
    let event = try PerfEvent(kind, tid: tid, period: phase.first)
    if descriptors.isSpent(by: event.rawValue) {
      throw SystemError(.perfEventOpen, errno: EMFILE)
    }
    return event
  }

  private func signal(for tid: Int32, of process: TracedProcess, isNew: Bool) -> Int32? {
    guard process.maySignal else {
      link.post(
        .note(
          "user-mode samples are taken without a stop: of another user's threads the kernel tells "
            + "root alone by signal"))
      return nil
    }
    if isNew { return process.usualSignal }
    var signal: Int32?
    // pthread_create blocks every signal in the creating thread too, for some microseconds.
    for _ in 0..<20 where signal == nil {
      guard var masks = SignalMasks(of: tid, in: process.files) else { break }
      process.caughtSignals |= masks.caught
      masks.caught = process.caughtSignals
      if process.usualSignal == nil {
        process.usualSignal = SampleSignal.choose(SignalMasks(blocked: 0, caught: masks.caught))
      }
      signal = SampleSignal.choose(masks)
      if signal == nil { usleep(100) }
    }
    if signal == nil { link.post(.count(.threadWithoutSignal, tid)) }
    return signal
  }

  private func openError(_ error: SystemError) -> RecordingError {
    guard error.errno == EACCES || error.errno == EPERM else {
      return .system(call: error.call, errno: error.errno)
    }
    return .notPermitted(
      pid: life.pid, call: error.call, errno: error.errno,
      paranoid: PerfPermissions.paranoid)
  }

  /// The size of the ring of the next thread's samples.
  private var ringBytes: Int {
    RingBudget(total: ringMemory, threads: max(initialThreads, threads.count)).ringBytes
  }

  /// Kernel-mode samples need privilege: without it the recording has user-mode samples only.
  ///
  /// - Parameter open: opens them with a ring of so many bytes at most.
  private func openKernelEvents(
    _ open: (Int) throws(SystemError) -> KernelEvents
  ) -> KernelEvents? {
    guard samplesKernel, plan.recordsOffCPU || link.tickProgram == nil else { return nil }
    do {
      return try open(ringBytes)
    } catch {
      if error.call == .mapRing {
        noteRingLimit("kernel-mode samples and time off the CPU are hidden")
      } else if error.errno == EACCES || error.errno == EPERM {
        samplesKernel = false
      }
      return nil
    }
  }

  /// An ordinary user's rings must fit into what one may lock in memory (perf_event_open(2)).
  private func noteRingLimit(_ effect: String) {
    guard !hasNotedRingLimit else { return }
    hasNotedRingLimit = true
    let limit = PerfPermissions.ringKilobytes.map { "is \($0)" } ?? "cannot be read"
    link.post(
      .note(
        "from the \(threads.count + 1)th thread on \(effect): the memory for rings is spent "
          + "(kernel.perf_event_mlock_kb \(limit); ulimit -l adds to it)"))
  }
}
