import CLinux
import Glibc
import LinuxIO
import PerfEvents
import RemoteProcess

/// The tracing thread: waits for stops, reads what a sample needs, lets the thread go on. All else
/// happens elsewhere (Docs/Capture.md).
///
/// ptrace belongs to the kernel thread that seized, so one Tracer lives on one pthread from
/// beginning to end. When that thread exits, the kernel lets every tracee go without stopping it
/// (kernel/ptrace.c, exit_ptrace): that is how a recording ends, and what happens if it is killed.
final class Tracer {
  let plan: RecordingPlan
  let life: TargetLife
  let link: TracerLink
  let counts = TracerCounts()
  /// By pid and by tid.
  var processes: [Int32: TracedProcess] = [:]
  var threads: [Int32: TracedThread] = [:]
  var nextSlot: Int32 = 0
  /// False once the kernel has refused kernel-mode samples.
  var samplesKernel = true
  var hasNotedRingLimit = false
  let descriptors = DescriptorBudget()
  let ringMemory = RingBudget.memory()
  /// How many threads the target had when it was attached to: what rings are sized for.
  var initialThreads = 0
  /// When the signals of threads were looked at, and the processes that are due.
  var supervisedAt: UInt64 = 0
  var unsupervised: ArraySlice<Int32> = []
  private var placement = TracerPlacement()
  /// Stops served between the opening of two threads.
  private static let mostServedBetween = 64
  /// How long stops that were under way at the end are served, nanoseconds: forks go on meanwhile.
  private static let finishingTime: UInt64 = 200_000_000

  init(plan: RecordingPlan, life: TargetLife, link: TracerLink) {
    self.plan = plan
    self.life = life
    self.link = link
  }

  /// The whole life of the tracing thread.
  ///
  /// - Parameter prepared: what is known already of the process to attach to.
  func run(_ prepared: ProcessLink?) {
    do {
      link.priority.begin()
      if life.isAtGate { try launch() } else { try attach(prepared) }
      link.post(.started(pid: life.pid))
      serve()
      finish()
    } catch {
      link.post(.failed(error))
    }
  }

  // MARK: Serving stops

  private func serve() {
    var stopsSinceReport = 0
    while !link.shouldStop, life.end == nil, let (tid, status) = wait(blocking: true) {
      superviseSignals()
      guard tid > 0 else { continue }
      handle(tid, status)
      stopsSinceReport += 1
      if stopsSinceReport >= 64 {
        stopsSinceReport = 0
        link.report(counts.ledger)
      }
    }
  }

  /// Serves the stops that are there already; others may come faster than they are served.
  func serveWaiting() {
    for _ in 0..<Self.mostServedBetween {
      guard let (tid, status) = wait(blocking: false), tid > 0 else { return }
      handle(tid, status)
    }
  }

  /// The next thread that changed state, which may also be a child of ours that nobody traces: an entry script
  /// leaves some when it executes hyflame, and a container's first process gets all that lost their parent. (0, 0) if a signal came first or, when not blocking, if
  /// there is none; nil when nothing is traced any more.
  func wait(blocking: Bool) -> (tid: Int32, status: Int32)? {
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
    default: letGo(tid)  // A clone or fork: the new thread announces itself.
    }
  }

  /// Signal-delivery-stop: a tick of ours is the sample, and the signal goes no further; any other
  /// signal is the target's own.
  private func handleSignal(_ tid: Int32, _ signal: Int32) {
    guard let thread = threads[tid], signal == thread.signal || signal == thread.formerTick?.signal,
      let origin = Ptrace.signalOrigin(tid), origin.isReadiness
    else { return letGo(tid, signal: signal) }
    if signal == thread.signal, origin.descriptor == thread.sampling.tickDescriptor {
      let cpu = thread.process.sampler.sample(thread, isLastTick: origin.isHangUp)
      if let cpu { placement.follow(cpu) }
    } else if let former = thread.formerTick, former == (signal, origin.descriptor) {
      letGo(tid)
    } else {
      letGo(tid, signal: signal)
    }
  }

  /// Ends a stop that is no sample.
  func letGo(_ tid: Int32, signal: Int32 = 0) {
    counts.ledger.otherStops += 1
    Ptrace.resume(tid, signal: signal)
  }

  /// The first stop of a new thread or process, a group-stop, or the end of one (ptrace(2),
  /// PTRACE_EVENT_STOP).
  private func handleEventStop(_ tid: Int32, _ signal: Int32) {
    guard signal == SIGTRAP else { return Ptrace.listen(tid) }
    guard threads[tid] != nil || meet(tid) else { return Ptrace.detach(tid) }
    letGo(tid)
  }

  /// A process runs a new program, with one thread, which has taken the process's number.
  private func handleExec(_ tid: Int32) {
    guard let process = processes[tid] else { return letGo(tid) }
    for thread in threads.values where thread.process === process {
      threads[thread.tid] = nil
      end(thread)
    }
    process.awaitsExec = false
    process.usualSignal = nil
    process.caughtSignals = 0
    process.link.publish(runtime: nil)
    process.beginImage()
    configure(process, forkedFrom: nil)
    link.post(.exec(number: process.link.number, command: process.files.commandLine()))
    openNew(tid, of: process, isNew: false)
    letGo(tid)
  }

  /// A process's first thread is the last to be reported.
  private func threadEnded(_ tid: Int32, _ status: Int32) {
    if let thread = threads.removeValue(forKey: tid) { end(thread) }
    if let process = processes.removeValue(forKey: tid) {
      link.post(.processEnded(number: process.link.number))
    }
    // Where its first thread had ended before it was attached to, nobody tells of its end.
    let isGone =
      threads[life.pid] == nil && life.end == nil && ProcFiles(pid: life.pid).livingThread() == nil
    if tid == life.pid || isGone { life.hasEnded(status) }
  }

  func end(_ thread: TracedThread) {
    link.attendant?.forget(slot: thread.slot)
    link.post(.threadEnded(slot: thread.slot))
  }

  // MARK: End

  /// No more ticks, then no thread left in a stop; the exit of this thread detaches the rest.
  private func finish() {
    for thread in threads.values {
      thread.sampling.tick?.disable()
      link.attendant?.forget(slot: thread.slot)
    }
    let deadline = MonotonicClock.now() &+ Self.finishingTime
    while MonotonicClock.now() < deadline, let (tid, status) = wait(blocking: false), tid > 0 {
      handle(tid, status)
    }
    link.report(counts.ledger)
    link.post(.ended)
  }
}
