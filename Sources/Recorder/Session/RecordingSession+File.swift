import CPython
import Glibc
import LinuxIO
import NamedFiles
import PerfEvents
import ProfileModel
import RecordingFile
import RemoteProcess
import Symbols

// What a session writes besides samples: who, how, what it cost; and when.
extension RecordingSession {
  /// Brings names up to date and writes what is new.
  func flush() throws(RecordingError) {
    for process in processes.values { process.flush() }
    sources.update()
    lookForLateInterpreters()
    lookForGil()
    lookForAccess()
    updateLedger()
    try Self.mapErrors { () throws(RecordingFileError) in try writer.flush() }
  }

  /// Everything that is still in the rings, then the end of the file.
  func close() throws(RecordingError) {
    takePackets()
    noteMissingPython()
    noteWorkers()
    endThreads()
    let end = MonotonicClock.now() &+ 1_000_000_000
    for process in processes.values { process.flush(last: end) }
    forgetThreads()
    // Whatever becomes of us while sources are looked up, all samples are in the file.
    updateLedger()
    try Self.mapErrors { () throws(RecordingFileError) in try writer.flush() }
    for sentence in sources.finish() { note(sentence) }
    lookForAccess()
    updateLedger()
    try Self.mapErrors { () throws(RecordingFileError) in try writer.close() }
  }

  func discard() { writer.discard() }

  func progress() -> RecordingProgress {
    var progress = RecordingProgress()
    progress.pid = root?.link.pid ?? 0
    let version = root?.target.pythonVersion ?? ""
    progress.interpreter = version.isEmpty ? "" : "python\(version)"
    progress.elapsed = Double(MonotonicClock.now() &- start) / 1e9
    progress.samples = ledger.samples
    let cpu = Double(cpuTime()) / 1e9
    progress.achievedRate = cpu > 0 ? Double(ledger.onCPU) / cpu : 0
    progress.lost = lostSamples
    progress.notices = notices
    progress.gilHeldShare = ledger.onCPU > 0 ? Double(ledger.held) / Double(ledger.onCPU) : 0
    return progress
  }

  /// Sentences for the beginning: what this recording will not show.
  private var notices: [String] {
    let isHidden =
      link.mode.usesEvents && ledger.lacksKernel
      && threads.values.allSatisfy { $0.sampling.kernel?.seesKernel != true }
    guard isHidden else { return fallbackNote.map { [$0] } ?? [] }
    let target = if case .attach(let pid) = plan.target { " -p \(pid)" } else { "" }
    return [
      "CPU time only (not permitted to see the kernel or time off the CPU); "
        + "hyflame doctor\(target) says how to change that"
    ]
  }

  private var lostSamples: Int64 {
    link.ledger.lost + kernelCounts.lost + (link.tickProgram?.lost ?? 0)
  }

  private var kernelCounts: KernelCounts {
    var counts = processes.values.reduce(ledger.endedKernelCounts) { $0 + $1.kernelCounts }
    counts.ownSwitchTicks = link.tickProgram?.ownTicks ?? 0
    counts.passedTicks = link.tickProgram?.passedTicks ?? 0
    counts.passedSwitches = link.tickProgram?.passedSwitches ?? 0
    return counts
  }

  private func cpuTime() -> UInt64 {
    threads.values.reduce(ledger.endedCPU &+ link.ledger.unseenCPU) { $0 &+ $1.sampling.cpuTime() }
  }

  /// What was hyflame's own is no time of the target's.
  private var expectedSamples: Int64 {
    let due = Int64(Double(cpuTime()) * Double(plan.rate) / 1e9)
    return max(0, due - (link.tickProgram?.ownTicks ?? 0))
  }

  func describeTarget() {
    var target = TargetDescription()
    target.pid = root?.link.pid ?? 0
    target.command = root?.target.command ?? ""
    target.pythonVersion = root?.target.pythonVersion ?? ""
    target.isFreeThreaded = root?.runsWithoutGil ?? false
    target.host = HostDescription.name()
    writtenAccess = access
    target.reader = access.reader.map { .init(user: $0.user, group: $0.group, groups: $0.groups) }
    target.hasOtherRoot = access.hasOtherRoot
    writer.setTarget(target)
    describe(duration: MonotonicClock.now() &- start)
  }

  private func lookForAccess() {
    for process in processes.values { access.look(at: process.link.pid) }
    // They were looked at between flushes, too.
    if access != writtenAccess { describeTarget() }
  }

  /// The target may have got a GIL, or lost it.
  private func lookForGil() {
    guard let root, root.lookForGil() else { return }
    describeTarget()
    if MonotonicClock.now() &- start > Self.startTime {
      note("the interpreter's GIL was switched on or off while recording: held may mean attached")
    }
  }

  /// Interpreters have started by then, nanoseconds.
  private static let startTime: UInt64 = 2_000_000_000

  private func describe(duration: UInt64) {
    var recording = RecordingDescription()
    recording.hyflameVersion = hyflameVersion
    let now = HostDescription.unixTime()
    recording.startTime = now - Int64(MonotonicClock.now() &- start)
    recording.duration = Int64(duration)
    recording.rate = Int32(plan.rate)
    recording.privileged = link.mode.usesEvents && !ledger.lacksKernel
    recording.recordsBlocked =
      !link.mode.usesEvents || plan.recordsOffCPU && !ledger.lacksKernel
    recording.capture = link.mode
    if case .launch = plan.target { recording.isLaunched = true }
    recording.endsWithTarget = endsWithTarget
    recording.clock = link.mode.clock
    recording.kernelVersion = HostDescription.kernel()
    writer.setRecording(recording)
  }

  private func updateLedger() {
    describe(duration: MonotonicClock.now() &- start)
    let tracer = link.ledger
    var ledger = Ledger()
    let kernel = kernelCounts
    ledger.expectedSamples = expectedSamples
    ledger.lostSamples = lostSamples
    ledger.reasons = self.ledger.reasons
    ledger.pauses = link.tickProgram == nil ? tracer.pauses : self.ledger.pauses
    ledger.profilerCPU = Int64(MonotonicClock.processCPU())
    ledger.profilerPeakRSS = HostDescription.peakResidentBytes()
    ledger.stopCalls = tracer.stopCalls
    ledger.processesSeen = self.ledger.processesSeen
    ledger.threadsSeen = self.ledger.threadsSeen
    ledger.notes =
      notes + ReadingBounds.shared.sentences + tracerNotes(tracer) + unseenNotes(tracer)
      + self.ledger.notes(
        tracer, kernel,
        unsampledProcesses: self.ledger.processesSeen - sampledProcesses)
    writer.setLedger(ledger)
  }

  /// Stops that are no samples. How long each was is not known: it began before it was noticed. Where they are
  /// fewer than one in 20 ms they are not worth a line.
  private func tracerNotes(_ tracer: TracerLedger) -> [String] {
    guard tracer.otherStops > Int64((MonotonicClock.now() &- start) / 20_000_000) else { return [] }
    return [
      "\(tracer.otherStops) times a thread stood still, for 20 to 300 µs, at a signal of its own, a new thread or "
        + "an exec: hyflame traces the target to learn of these"
    ]
  }

  private func unseenNotes(_ tracer: TracerLedger) -> [String] {
    let hundredths = tracer.unseenCPU / 10_000_000
    guard hundredths >= 5, tracer.unseenCPU > cpuTime() / 50 else { return [] }
    return [
      "\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10) s of CPU time have no samples: threads used them "
        + "before they were met, or ended before; --capture read looks for new threads every 20 ms"
    ]
  }

  /// What was counted, for the line that ends `record`: as a report counts it from the file.
  var quality: RecordingQuality {
    var quality = ledger.quality
    quality.expectedSamples = expectedSamples
    quality.lostSamples = lostSamples
    quality.reasons = ledger.reasons
    quality.rate = Int32(plan.rate)
    quality.capture = link.mode
    quality.seesKernel = !link.mode.usesEvents || !self.ledger.lacksKernel
    return quality
  }

  var sampledProcesses: Int64 {
    self.ledger.sampledProcesses
      + Int64((Array(processes.values) + suspended.values).count { $0.isInFile })
  }

  static func mapErrors(
    _ body: () throws(RecordingFileError) -> Void
  ) throws(RecordingError) {
    do { try body() } catch {
      switch error {
      case .outputExists(let path): throw .outputExists(path: path)
      case .unwritable(let path, let errno), .writeFailed(let path, let errno):
        throw .outputUnwritable(path: path, errno: errno)
      case .disturbed(let path, let rescue): throw .outputDisturbed(path: path, rescue: rescue)
      case .notRegularFile(let path): throw .outputUnwritable(path: path, errno: EINVAL)
      default: throw .system(call: .write, errno: EIO)
      }
    }
  }
}
