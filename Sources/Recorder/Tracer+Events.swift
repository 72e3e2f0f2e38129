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
    let sampling = ThreadSampling(
      slot: nextSlot, process: process.link.number, tid: tid, tick: try openTick(.userTick, tid),
      kernel: openKernelEvents { [period = plan.period] size throws(SystemError) in
        try KernelEvents(tid: tid, period: period, ringBytes: size)
      })
    let signal = signal(for: tid, of: process, isNew: isNew)
    threads[tid] = try TracedThread(of: process, sampling: sampling, signal: signal)
    link.post(.thread(sampling))
  }

  /// The thread is made known before its first sample can be.
  private func open(
    _ tid: Int32, of process: TracedProcess, for program: TickProgram
  ) throws(SystemError) {
    let sampling = ThreadSampling(
      slot: nextSlot, process: process.link.number, tid: tid, tick: try openTick(.tick, tid),
      kernel: openKernelEvents { size throws(SystemError) in
        try KernelEvents(switchesOf: tid, ringBytes: size)
      })
    link.post(.thread(sampling))
    do {
      threads[tid] = try TracedThread(of: process, sampling: sampling, program: program)
    } catch {
      link.post(.threadEnded(slot: sampling.slot))
      nextSlot += 1
      throw error
    }
  }

  private func openTick(_ kind: EventKind, _ tid: Int32) throws(SystemError) -> PerfEvent {
    let event = try PerfEvent(kind, tid: tid, period: plan.period)
    if descriptors.isSpent(by: event.rawValue) {
      throw SystemError("perf_event_open", errno: EMFILE)
    }
    return event
  }

  private func signal(for tid: Int32, of process: TracedProcess, isNew: Bool) -> Int32? {
    if isNew { return process.usualSignal }
    var signal: Int32?
    // pthread_create blocks every signal in the creating thread too, for some microseconds.
    for _ in 0..<20 where signal == nil {
      guard let masks = SignalMasks(of: tid, in: process.files) else { break }
      if process.usualSignal == nil {
        process.usualSignal = SampleSignal.choose(SignalMasks(blocked: 0, caught: masks.caught))
      }
      signal = SampleSignal.choose(masks)
      if signal == nil { usleep(100) }
    }
    if signal == nil {
      link.post(
        .note(
          "thread \(tid) blocks or handles every signal that could stop it: not sampled in user mode"
        ))
    }
    return signal
  }

  private func openError(_ error: SystemError) -> RecordingError {
    guard error.errno == EACCES || error.errno == EPERM else {
      return .system(operation: error.operation, errno: error.errno)
    }
    return .notPermitted(
      pid: root, operation: error.operation, errno: error.errno,
      paranoid: PerfPermissions.paranoid)
  }

  /// Kernel-mode samples need privilege: without it the recording has user-mode samples only.
  ///
  /// - Parameter open: opens them with a ring of so many bytes.
  private func openKernelEvents(
    _ open: (Int) throws(SystemError) -> KernelEvents
  ) -> KernelEvents? {
    var size = PerfRing.sampleRingBytes(threads: max(initialThreads, threads.count))
    while samplesKernel {
      do {
        return try open(size)
      } catch {
        let isRefused = error.errno == EACCES || error.errno == EPERM
        if isRefused && error.operation == "perf_event_open" { samplesKernel = false }
        // A user may lock so much memory and no more: EPERM, too (kernel/events/core.c, perf_mmap).
        guard isRefused, samplesKernel, size > PerfRing.smallestSampleRingBytes else { return nil }
        size /= 2
      }
    }
    return nil
  }
}
