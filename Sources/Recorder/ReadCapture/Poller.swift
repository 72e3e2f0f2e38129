import CLinux
import CPython
import Glibc
import LinuxIO
import ProfileModel
import RemoteProcess
import SampleTypes

/// Takes the place of a `Tracer` where the kernel refuses perf events: looks at every thread at
/// random instants, once a period, and reads its Python frames as they are. Nobody is traced, stopped
/// or interrupted.
///
/// Stopping threads by PTRACE_INTERRUPT instead, even only those that are not asleep, makes system calls
/// fail with EINTR: a thread may enter epoll_wait(2) before the request reaches it (Docs/Capture.md).
final class Poller {
  private let plan: RecordingPlan
  private let life: TargetLife
  private let link: TracerLink
  private let process: ProcFiles
  private var shared: ProcessLink?
  private var threads: [Int32: PolledThread] = [:]
  private var nextSlot: Int32 = 0
  private var reader: SteadyReader?
  private var runtimeGeneration = 0
  private var ledger = TracerLedger()
  private var random = SystemRandomNumberGenerator()
  /// Where the main thread's stack begins: an exec moves it.
  private var startOfStack: UInt64?
  private var listedAt: UInt64 = 0
  private var lacksFiles = false
  /// CPU time of the process at the beginning, and of threads that have ended; nanoseconds.
  private var processCPUAtStart: UInt64?
  private var endedCPU: UInt64 = 0
  /// So many threads may run at the same time.
  private let cpuCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// Nanoseconds between two looks for new threads, and for what else happens rarely.
  private static let listInterval: UInt64 = 20_000_000

  init(plan: RecordingPlan, life: TargetLife, link: TracerLink) {
    self.plan = plan
    self.life = life
    self.link = link
    process = ProcFiles(pid: life.pid)
  }

  /// The whole life of the polling thread.
  ///
  /// - Parameter prepared: what is known already of the process to attach to.
  func run(_ prepared: ProcessLink?) {
    do throws(RecordingError) {
      if life.isAtGate { try launch() }
      begin(prepared)
      list(MonotonicClock.now())
      guard !threads.isEmpty || life.isLaunched else { throw noThreads() }
      link.post(.started(pid: process.pid))
      serve()
      finish()
    } catch {
      link.post(.failed(error))
    }
  }

  // MARK: Beginning and end

  private func begin(_ prepared: ProcessLink?) {
    shared = prepared ?? link.makeProcess(pid: life.pid)
    shared.map { link.post(.process($0, parent: nil, awaitsExec: false)) }
    beginImage()
  }

  private func beginImage() {
    startOfStack = process.startOfStack()
    processCPUAtStart = process.cpuTime()
    endedCPU = 0
    reader = nil
    runtimeGeneration = -1
  }

  private func launch() throws(RecordingError) {
    life.passGate()
    guard let errno = life.execError() else { return }
    life.reap()
    throw life.cannotLaunch(errno: errno)
  }

  private func noThreads() -> RecordingError {
    guard process.livingThread() != nil else { return .absence(of: process) }
    return .notPermitted(
      pid: process.pid, call: .readCall, errno: EACCES, paranoid: nil)
  }

  private func finish() {
    for thread in threads.values { endAbsence(of: thread) }
    link.report(ledger)
    link.post(.ended)
  }

  // MARK: Looking

  /// One look each period, at a random instant of it: a program that does something at fixed
  /// intervals is not always met at the same place.
  private func serve() {
    var period = MonotonicClock.now()
    while !link.shouldStop, life.end == nil {
      let now = MonotonicClock.now()
      let last = period
      // A look that took too long is made up for by the weight of the next.
      period = max(period &+ plan.period, now > plan.period ? now &- plan.period : 0)
      sleep(until: period &+ UInt64.random(in: 0..<plan.period, using: &random))
      guard !link.shouldStop else { return }
      look(standingFor: period &- last)
    }
  }

  private func sleep(until time: UInt64) {
    var deadline = timespec(
      tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    // A signal wakes this thread when it is to stop.
    while clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &deadline, nil) == EINTR {
      if link.shouldStop { return }
    }
  }

  /// - Parameter weight: nanoseconds that the look stands for. Not those since the look before: which are more or
  ///   less as that was early or late in its period, so that what a program does then would count for less or more.
  private func look(standingFor weight: UInt64) {
    let now = MonotonicClock.now()
    if now &- listedAt >= Self.listInterval { list(now) }
    takeRuntime()
    var ready: [(PolledThread, ThreadTimes)] = []
    for (tid, thread) in threads {
      switch look(at: thread, now, weight) {
      case .gone: end(tid)
      case .ready(let times): ready.append((thread, times))
      case .away: break
      }
    }
    // Of hundreds that were woken at once few are on a CPU, and nothing tells which.
    if ready.count > cpuCount { ready.shuffle(using: &random) }
    for (place, (thread, times)) in ready.enumerated() {
      sampleReady(thread, times, now, weight, mayRun: place < cpuCount)
    }
  }

  private enum Found {
    case gone
    case away
    /// On a CPU, or waiting for one.
    case ready(ThreadTimes)
  }

  private func look(at thread: PolledThread, _ now: UInt64, _ weight: UInt64) -> Found {
    guard let times = thread.readTimes() else { return .gone }
    if thread.absence?.times == times {
      thread.absence?.weight += weight
      return .away
    }
    endAbsence(of: thread)
    thread.sampling.setCPUTime(thread.account.used(times.running))
    guard let call = thread.readCall() else { return .gone }
    switch call {
    case .running: return .ready(times)
    case .blocked(let number, let argument):
      beginAbsence(
        of: thread, times, now, weight, futex: number == SystemCallNumber.futex ? argument : nil)
    case .faulting: beginAbsence(of: thread, times, now, weight, futex: nil)
    case .ended: return .gone
    }
    return .away
  }

  private func sampleReady(
    _ thread: PolledThread, _ times: ThreadTimes, _ now: UInt64, _ weight: UInt64, mayRun: Bool
  ) {
    let used = mayRun ? thread.account.look(running: times.running, weight: weight) : nil
    let reading = reader?.readRunning(tid: thread.sampling.tid, hand)
    var header = SamplePacket()
    header.time = now
    header.weight = used ?? weight
    header.cpu = used == nil ? .runnable : .running
    header.gil = reading?.gil ?? .none
    header.isSteady = reading?.isSteady ?? true
    write(header, of: thread, reading == nil ? nil : reader?.stack)
  }

  /// A thread is off the CPU. It has not moved while it was read if the scheduler has not counted
  /// anything since.
  private func beginAbsence(
    of thread: PolledThread, _ times: ThreadTimes, _ now: UInt64, _ weight: UInt64, futex: UInt64?
  ) {
    let reading = reader?.readBlocked(tid: thread.sampling.tid, futex: futex, hand)
    guard thread.readTimes() == times, reading?.isSteady != false else { return }
    thread.absence = PolledThread.Absence(
      times: times, start: now, weight: weight, gil: reading?.gil ?? .none,
      stack: reading == nil ? nil : reader?.stack)
  }

  private func endAbsence(of thread: PolledThread) {
    guard let absence = thread.absence else { return }
    thread.absence = nil
    var header = SamplePacket()
    header.time = absence.start
    header.weight = absence.weight
    header.cpu = .blocked
    header.gil = absence.gil
    write(header, of: thread, absence.stack)
  }

  private func write(_ sample: SamplePacket, of thread: PolledThread, _ stack: PythonStack?) {
    guard let packet = link.packets.reserve(SamplePacketWriter.capacity(stackBytes: 0)) else {
      ledger.lost += 1
      return
    }
    var writer = SamplePacketWriter(packet)
    writer.header = sample
    writer.header.slot = thread.sampling.slot
    writer.header.trigger = .read
    writer.header.newsBefore = UInt32(truncatingIfNeeded: link.newsCount)
    writer.header.python = stack != nil ? .read : reader == nil ? .noInterpreter : .noThreadState
    if let stack { writer.append(stack) }
    writer.header.codesBefore = UInt32(truncatingIfNeeded: shared?.codeCount ?? 0)
    link.packets.commit(writer.finish())
  }

  private func hand(_ code: CodeCapture.News) -> Bool { shared?.hand(over: code) ?? false }

  // MARK: What happens rarely

  private func takeRuntime() {
    guard let shared else { return }
    if shared.runtimeGeneration != runtimeGeneration {
      runtimeGeneration = shared.runtimeGeneration
      reader = shared.runtime.map { SteadyReader(process: process, runtime: $0) }
    }
  }

  /// Looks for new threads, for an exec, and for the end.
  private func list(_ now: UInt64) {
    listedAt = now
    countUnseen()
    link.report(ledger)
    guard life.look() == nil else { return }
    // 0 while it ends, or where it is hidden.
    if let start = process.startOfStack(), start != 0, start != startOfStack { exec() }
    guard let number = shared?.number else { return }
    for tid in process.threads() where threads[tid] == nil {
      guard
        let thread = PolledThread(of: number, process, tid: tid, slot: nextSlot)
      else {
        noteMissing(tid)
        continue
      }
      nextSlot += 1
      threads[tid] = thread
      link.post(.thread(thread.sampling))
    }
  }

  /// What threads have used before they were met, and those that never were: it has no samples.
  private func countUnseen() {
    guard let start = processCPUAtStart, let now = process.cpuTime() else { return }
    let seen = threads.values.reduce(endedCPU) { $0 &+ $1.sampling.cpuTime() }
    ledger.unseenCPU = now > start &+ seen ? now &- start &- seen : 0
  }

  private func noteMissing(_ tid: Int32) {
    guard !lacksFiles, errno == EMFILE || errno == ENFILE else { return }
    lacksFiles = true
    link.post(
      .note(
        "thread \(tid) and others are not sampled: no more files may be opened (ulimit -n)"))
  }

  /// The process runs another program now; its first thread has kept its number.
  private func exec() {
    for tid in threads.keys { end(tid) }
    beginImage()
    shared?.publish(runtime: nil)
    shared.map { link.post(.exec(number: $0.number, command: process.commandLine())) }
  }

  private func end(_ tid: Int32) {
    guard let thread = threads.removeValue(forKey: tid) else { return }
    endAbsence(of: thread)
    endedCPU &+= thread.sampling.cpuTime()
    reader?.forget(tid: tid)
    link.post(.threadEnded(slot: thread.sampling.slot))
  }
}
