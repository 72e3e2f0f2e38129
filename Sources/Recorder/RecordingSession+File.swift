import CPython
import Glibc
import LinuxIO
import PerfEvents
import ProfileModel
import RecordingFile
import RemoteProcess

// What a session writes besides samples: who, how, what it cost; and when.
extension RecordingSession {
  /// Brings thread names up to date and writes what is new.
  func flush() throws(RecordingError) {
    nameThreads()
    sources.update()
    image?.jit.update()
    locateTasks()
    updateLedger()
    try Self.mapErrors { () throws(RecordingFileError) in try writer.flush() }
  }

  /// Everything that is still in the rings, then the end of the file.
  func close() throws(RecordingError) {
    takePackets()
    let end = MonotonicClock.now()
    for thread in threads.values {
      image?.kernel.drain(thread)
      image?.kernel.finish(thread, at: end)
      ledger.endedCPU &+= thread.sampling.cpuTime()
    }
    nameThreads()
    threads.removeAll()
    image?.jit.update()
    if let sentence = sources.finish() { note(sentence) }
    updateLedger()
    try Self.mapErrors { () throws(RecordingFileError) in try writer.close() }
  }

  func discard() { writer.discard() }

  private func nameThreads() {
    guard let image else { return }
    names.forgetPlaces()
    names.refresh(memory: image.assembler.memory, writer: writer, threads: threads)
  }

  func nameNewThreads() {
    guard let image else { return }
    names.lookForNew(memory: image.assembler.memory, writer: writer, threads: threads)
  }

  func note(_ sentence: String) {
    if notes.count < 64 && !notes.contains(sentence) { notes.append(sentence) }
  }

  func progress() -> RecordingProgress {
    var progress = RecordingProgress()
    progress.pid = process.pid
    progress.interpreter = image?.runtime.map { "python\($0.version)" } ?? ""
    progress.elapsed = Double(MonotonicClock.now() &- start) / 1e9
    progress.samples = ledger.samples
    let cpu = Double(cpuTime()) / 1e9
    progress.achievedRate = cpu > 0 ? Double(ledger.onCPU) / cpu : 0
    progress.lost = lostSamples
    progress.gilHeldShare = ledger.onCPU > 0 ? Double(ledger.held) / Double(ledger.onCPU) : 0
    return progress
  }

  private var lostSamples: Int64 {
    link.ledger.lost + (image?.kernel.lost ?? 0) + (link.tickProgram?.lost ?? 0)
  }

  private func cpuTime() -> UInt64 {
    threads.values.reduce(ledger.endedCPU) { $0 &+ $1.sampling.cpuTime() }
  }

  func describeTarget() {
    var target = TargetDescription()
    target.pid = process.pid
    target.command = process.commandLine() ?? ""
    target.pythonVersion = image?.runtime.map { "\($0.version)" } ?? ""
    target.host = HostDescription.name()
    writer.setTarget(target)
    describe(duration: MonotonicClock.now() &- start)
  }

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
    ledger.notes = notes + self.ledger.notes(tracer, kernel: image?.kernel)
    writer.setLedger(ledger)
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
