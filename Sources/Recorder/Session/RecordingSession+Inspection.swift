import CPython
import Glibc
import LinuxIO
import ProfileModel

// Looking at processes before they are attached to.
extension RecordingSession {
  /// Looks at the process before anything is attached: fails where recording it makes no sense. The
  /// result is what the tracing thread begins with.
  func inspect(pid: Int32) throws(RecordingError) -> ProcessLink? {
    guard let shared = link.makeProcess(pid: pid) else { return nil }
    isAttaching = true
    let process = begin(shared, parent: nil, awaitsExec: false)
    try waitForImage(of: process)
    noteStop(of: process)
    if let errno = TargetFacts.readingTrial(pid), [EPERM, EACCES, ENOSYS].contains(errno) {
      throw .notPermitted(pid: pid, call: .processMemory, errno: errno, paranoid: nil)
    }
    describeTarget()
    if plan.followsChildren, link.mode.isTraced { inspectDescendants(of: process.files) }
    guard plan.recordsPython else { return shared }
    do { try process.locate() } catch {
      switch error {
      case .notFound where plan.followsChildren: break
      case .notFound:
        throw .notPython(pid: pid, executable: process.files.executable() ?? "?")
      case .unsupported(let version):
        throw .unsupportedPython(pid: pid, version: version.description)
      case .inconsistent(let version, let contradiction):
        throw .inconsistentPython(
          pid: pid, version: version.description, contradiction: contradiction.description)
      case .notInitialized: break
      }
    }
    if let sentence = process.layoutRemark { note(sentence) }
    describeTarget()
    return shared
  }

  /// The memory map of a process is empty while it executes another program, of a kernel thread, and once it
  /// has ended.
  private func waitForImage(of process: RecordedProcess) throws(RecordingError) {
    let files = process.files
    for _ in 0..<Self.mostImageAttempts {
      if process.image != nil { return }
      guard files.livingThread() != nil else { throw .absence(of: files) }
      guard let maps = files.maps() else {
        throw .notPermitted(pid: files.pid, call: .ptrace, errno: EACCES, paranoid: nil)
      }
      guard !maps.isEmpty || files.executable() != nil else {
        throw .notPython(pid: files.pid, executable: "a kernel thread")
      }
      usleep(1000)
      process.beginImage(command: nil)
    }
    throw .executing(pid: files.pid)
  }

  private static let mostImageAttempts = 200

  private func noteStop(of process: RecordedProcess) {
    guard process.files.livingThread().flatMap({ process.files.state(tid: $0) }) == "T" else {
      return
    }
    note(
      "the process is stopped (state T), so none of its threads runs: kill -CONT \(process.link.pid)"
    )
  }

  /// Looks at the children that are there, and at theirs, before they are attached to: their first samples and
  /// absences then have their Python stacks.
  private func inspectDescendants(of root: ProcFiles) {
    let began = MonotonicClock.now()
    var parents = [root]
    while let parent = parents.popLast() {
      for pid in parent.children() where !inspected.values.contains(pid) {
        guard MonotonicClock.now() &- began < Self.inspectionTime,
          let shared = link.makeProcess(pid: pid)
        else { return }
        let process = begin(shared, parent: nil, awaitsExec: false)
        inspected[shared.number] = pid
        if plan.recordsPython { try? process.locate() }
        link.prepare(shared)
        parents.append(process.files)
      }
    }
  }

  /// What was looked at is being traced now. It may have executed another program meanwhile.
  func confirm(_ process: RecordedProcess) {
    inspected[process.link.number] = nil
    guard let image = process.image, !image.isCurrent else { return }
    process.link.publish(runtime: nil)
    beginImage(of: process, command: process.files.commandLine())
  }

  /// Those that ended before they could be attached to.
  func forgetUnattached() {
    for number in inspected.keys {
      if processes[number]?.isInFile == false { ledger.processesSeen -= 1 }
      end(process: number)
    }
    inspected = [:]
  }

  /// Nanoseconds that looking at descendants may take before the recording begins; the others are looked at
  /// afterwards.
  private static let inspectionTime: UInt64 = 2_000_000_000
}
