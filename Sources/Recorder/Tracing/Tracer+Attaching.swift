import CLinux
import Glibc
import LinuxIO
import PerfEvents
import RemoteProcess

// How a process comes to be traced: attached to, launched, or made by one that is traced.
extension Tracer {
  /// Looks for a thread that can be traced, a millisecond apart.
  private static let mostAttempts = 200

  /// Seizes every thread of the process and, where children are followed, of its descendants.
  func attach(_ prepared: ProcessLink?) throws(RecordingError) {
    let pid = life.pid
    initialThreads = ProcFiles(pid: pid).threads().count
    guard let process = begin(pid, prepared) else { throw .noSuchProcess(pid: pid) }
    process.sampler.prepareNext()
    try seizeThreads(of: process)
    // Amid execve(2) there are threads that end, and one that is about to take the process's number.
    for _ in 0..<Self.mostAttempts where threads.isEmpty && life.end == nil && !link.shouldStop {
      guard process.files.livingThread() != nil, counts.ledger.threadsWithoutDescriptors == 0
      else { break }
      usleep(1000)
      try seizeThreads(of: process)
    }
    guard !threads.isEmpty || life.end != nil || link.shouldStop else {
      guard counts.ledger.threadsWithoutDescriptors == 0 else {
        throw .tooFewFiles(limit: descriptors.most)
      }
      throw .absence(of: process.files)
    }
    if plan.followsChildren { attachDescendants() }
  }

  /// Threads made by one that is already seized come by themselves; a thread made by one that was
  /// not yet is found by listing again until nothing is new.
  ///
  /// Those that are seized may stop from then on, and thousands of others take half a second: nobody
  /// waits for them.
  private func seizeThreads(of process: TracedProcess) throws(RecordingError) {
    var foundNew = true
    while foundNew {
      foundNew = false
      for tid in process.files.threads() where threads[tid] == nil {
        if link.shouldStop { return }
        do {
          try Ptrace.seize(tid, followsChildren: plan.followsChildren)
        } catch {
          // Gone; or made by a thread that is seized already, and then it is ours and waits; or ended:
          // a process's first thread stays as a zombie while others go on.
          if error.errno == ESRCH || isOurs(tid) || !process.files.isAlive(tid) { continue }
          throw seizeError(error, process.pid)
        }
        if try open(tid, of: process) { foundNew = true }
        serveWaiting()
      }
    }
  }

  /// Attaches to the children that are there, and to theirs. What a seized process forks from now on
  /// comes by itself.
  private func attachDescendants() {
    var parents = [life.pid]
    while let parent = parents.popLast() {
      for child in ProcFiles(pid: parent).children() where processes[child] == nil {
        do {
          if try attachDescendant(child) { parents.append(child) }
        } catch {
          link.post(.count(.unrecordedChild("\(error)"), child))
        }
      }
    }
  }

  /// False if it is gone, or is traced already because its parent was when it was made.
  private func attachDescendant(_ pid: Int32) throws(RecordingError) -> Bool {
    do { try Ptrace.seize(pid, followsChildren: true) } catch {
      if error.errno == ESRCH || isOurs(pid) { return false }
      throw seizeError(error, pid)
    }
    guard let process = begin(pid, link.takePrepared(pid: pid)) else { return false }
    process.sampler.prepareNext()
    _ = try open(pid, of: process)
    try seizeThreads(of: process)
    return true
  }

  /// The child waits at its gate until it is seized. Its events are opened when its exec stops it,
  /// so that the first sample is the program's.
  func launch() throws(RecordingError) {
    do { try Ptrace.seize(life.pid, followsChildren: plan.followsChildren) } catch {
      throw seizeError(error, life.pid)
    }
    life.passGate()
    try waitForExec()
  }

  private func waitForExec() throws(RecordingError) {
    while let (tid, status) = wait(blocking: true) {
      // Children of ours that are not the command may end at any time.
      guard tid == life.pid else { continue }
      if linux_stopped(status) == 0 {
        throw life.cannotLaunch(errno: life.execError() ?? ENOEXEC)
      }
      let isExec = status >> 16 == PTRACE_EVENT_EXEC.rawValue
      if isExec, let process = begin(life.pid) { _ = try open(tid, of: process) }
      Ptrace.resume(tid, signal: status >> 16 == 0 ? linux_stop_signal(status) : 0)
      if isExec { return }
    }
    throw life.cannotLaunch(errno: ECHILD)
  }

  // MARK: New threads and processes

  /// A thread or process that is not known yet, in its first stop; false if it is not to be traced.
  func meet(_ tid: Int32) -> Bool {
    if processes.count == 1, let only = processes.values.first, only.files.hasThread(tid) {
      openNew(tid, of: only)
      return true
    }
    let files = ProcFiles(pid: tid)
    guard let group = files.statusField("Tgid").flatMap({ Int32($0) }) else { return false }
    if let process = processes[group] {
      if !process.awaitsExec { openNew(tid, of: process) }
      return true
    }
    return plan.followsChildren && group == tid && meetChild(tid, files)
  }

  private func meetChild(_ pid: Int32, _ files: ProcFiles) -> Bool {
    let parent = files.statusField("PPid").flatMap { Int32($0) }.flatMap { processes[$0] }
    let isInParent = parent.map { linux_shares_memory(pid, $0.pid) != 0 } ?? false
    guard let process = begin(pid, forkedFrom: isInParent ? nil : parent, awaitsExec: isInParent)
    else { return false }
    process.awaitsExec = isInParent
    if !isInParent { openNew(pid, of: process, isNew: false) }
    return true
  }

  /// Opens the events of a thread whose failure concerns nobody else.
  func openNew(_ tid: Int32, of process: TracedProcess, isNew: Bool = true) {
    do { _ = try open(tid, of: process, isNew: isNew) } catch {
      link.post(.count(.unsampledThread("\(error)"), tid))
    }
  }

  /// Makes a process known. Nil, and counted, if there are too many.
  private func begin(
    _ pid: Int32, _ prepared: ProcessLink? = nil, forkedFrom parent: TracedProcess? = nil,
    awaitsExec: Bool = false
  ) -> TracedProcess? {
    guard let shared = prepared ?? link.makeProcess(pid: pid, forkedFrom: parent?.link) else {
      counts.ledger.processesWithoutPlace += 1
      return nil
    }
    let process = TracedProcess(shared) { [link, counts, plan] in
      StopSampler(
        of: shared, startOfStack: ProcFiles(pid: pid).startOfStack() ?? 0, link: link,
        counts: counts, recordsNative: plan.recordsNative)
    }
    processes[pid] = process
    if prepared == nil { configure(process, forkedFrom: parent) }
    if parent != nil, link.tickProgram == nil { process.sampler.prepareNext() }
    link.post(.process(shared, parent: parent?.link.number, awaitsExec: awaitsExec))
    return process
  }

  /// Tells the program in the kernel of a process, or of its new program.
  func configure(_ process: TracedProcess, forkedFrom parent: TracedProcess?) {
    guard let program = link.tickProgram, let place = process.link.place else { return }
    program.begin(
      process: place, forkedFrom: parent?.link.place,
      startOfStack: process.files.startOfStack() ?? 0, copiesStack: plan.recordsNative)
  }

  private func isOurs(_ tid: Int32) -> Bool {
    ProcFiles(pid: tid).statusField("TracerPid") == String(linux_gettid())
  }

  private func seizeError(_ error: SystemError, _ pid: Int32) -> RecordingError {
    let process = ProcFiles(pid: pid)
    if error.errno == ESRCH || process.livingThread() == nil { return .absence(of: process) }
    let tracer = process.tracer()
    if tracer != 0 { return .alreadyTraced(pid: pid, tracer: tracer) }
    return .notPermitted(pid: pid, call: .ptrace, errno: error.errno, paranoid: nil)
  }
}
