import CPython
import Glibc
import LinuxIO
import PerfEvents
import ProfileModel
import RecordingFile
import RemoteProcess

// What a session writes besides samples: who, how, what it cost; and when.
extension RecordingSession {
  /// Brings names up to date and writes what is new.
  func flush() throws(RecordingError) {
    for process in processes.values { process.flush() }
    sources.update()
    lookForLateInterpreters()
    lookForGil()
    updateLedger()
    try Self.mapErrors { () throws(RecordingFileError) in try writer.flush() }
  }

  /// Everything that is still in the rings, then the end of the file.
  func close() throws(RecordingError) {
    takePackets()
    endThreads()
    for process in processes.values { process.flush() }
    forgetThreads()
    for sentence in sources.finish() { note(sentence) }
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
    progress.gilHeldShare = ledger.onCPU > 0 ? Double(ledger.held) / Double(ledger.onCPU) : 0
    return progress
  }

  private var lostSamples: Int64 {
    link.ledger.lost + kernelCounts.lost + (link.tickProgram?.lost ?? 0)
  }

  private var kernelCounts: KernelCounts {
    processes.values.reduce(ledger.endedKernelCounts) { $0 + $1.kernelCounts }
  }

  private func cpuTime() -> UInt64 {
    threads.values.reduce(ledger.endedCPU) { $0 &+ $1.sampling.cpuTime() }
  }

  func describeTarget() {
    var target = TargetDescription()
    target.pid = root?.link.pid ?? 0
    target.command = root?.target.command ?? ""
    target.pythonVersion = root?.target.pythonVersion ?? ""
    target.isFreeThreaded = root?.runsWithoutGil ?? false
    target.host = HostDescription.name()
    writer.setTarget(target)
    describe(duration: MonotonicClock.now() &- start)
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
    recording.privileged = link.way != .read && !ledger.lacksKernel
    recording.recordsBlocked = link.way == .read || !ledger.lacksKernel
    recording.capture = link.way
    if link.way == .read { recording.clock = "wall-clock" }
    recording.kernelVersion = HostDescription.kernel()
    writer.setRecording(recording)
  }

  private func updateLedger() {
    describe(duration: MonotonicClock.now() &- start)
    let tracer = link.ledger
    var ledger = Ledger()
    ledger.expectedSamples = Int64(Double(cpuTime()) * Double(plan.rate) / 1e9)
    ledger.lostSamples = lostSamples
    ledger.reasons = self.ledger.reasons
    ledger.pauses = link.tickProgram == nil ? tracer.pauses : self.ledger.pauses
    ledger.profilerCPU = Int64(MonotonicClock.processCPU())
    ledger.profilerPeakRSS = HostDescription.peakResidentBytes()
    ledger.stopCalls = tracer.stopCalls
    ledger.processesSeen = self.ledger.processesSeen
    ledger.threadsSeen = self.ledger.threadsSeen
    ledger.notes =
      notes
      + self.ledger.notes(
        tracer, kernelCounts,
        unsampledProcesses: self.ledger.processesSeen - sampledProcesses)
    writer.setLedger(ledger)
  }

  private var sampledProcesses: Int64 {
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
      case .notRegularFile(let path): throw .outputUnwritable(path: path, errno: EINVAL)
      default: throw .system(operation: "write", errno: EIO)
      }
    }
  }
}
