import ProfileModel
import SampleTypes

extension TargetDescription {
  init(_ wire: WireTarget) {
    self.init()
    pid = wire.pid
    command = wire.command
    pythonVersion = wire.pythonVersion
    host = wire.host
    isFreeThreaded = wire.freeThreaded
    if wire.reader.count >= 2 {
      reader = Reader(
        user: wire.reader[0], group: wire.reader[1], groups: Array(wire.reader.dropFirst(2)))
    }
    hasOtherRoot = wire.otherRoot
  }
}

extension RecordingDescription {
  init(_ wire: WireRecording) throws(InvalidChunk) {
    self.init()
    guard wire.rate >= 0 else { throw InvalidChunk() }
    hyflameVersion = wire.hyflameVersion
    startTime = wire.startTime
    duration = try checkedAmount(wire.duration)
    rate = wire.rate
    clock = wire.clock
    privileged = wire.privileged
    recordsBlocked = wire.recordsBlocked
    kernelVersion = wire.kernelVersion
    capture = CaptureMode(rawValue: wire.capture)
    isLaunched = wire.launched
    endsWithTarget = wire.endsWithTarget
  }
}

extension Ledger {
  init(_ wire: WireLedger) throws(InvalidChunk) {
    self.init()
    expectedSamples = try checkedAmount(wire.expectedSamples)
    lostSamples = try checkedAmount(wire.lostSamples)
    if !wire.reasons.isEmpty { reasons = wire.reasons }
    pauses = try PauseHistogram(wire)
    profilerCPU = try checkedAmount(wire.profilerCpu)
    profilerPeakRSS = try checkedAmount(wire.profilerPeakRss)
    stopCalls = try StopCalls(wire)
    notes = wire.notes
    processesSeen = try checkedAmount(wire.processesSeen)
    threadsSeen = try checkedAmount(wire.threadsSeen)
  }
}

extension StopCalls {
  fileprivate init(_ wire: WireLedger) throws(InvalidChunk) {
    guard wire.stopCallCounts.count <= Self.limit + 1 else { throw InvalidChunk() }
    self.init(counts: try wire.stopCallCounts.map(checkedCount))
  }
}

/// A number of stops, such that no sum of all of them overflows.
private func checkedCount(_ count: UInt64) throws(InvalidChunk) -> Int64 {
  guard count < UInt64(FileFormat.longestTime) >> 10 else { throw InvalidChunk() }
  return Int64(count)
}

extension PauseHistogram {
  /// Bucket 800 begins at 2⁵³ ns, 104 days.
  private static let mostBuckets = 800

  fileprivate init(_ wire: WireLedger) throws(InvalidChunk) {
    guard wire.pauseCounts.count <= Self.mostBuckets else { throw InvalidChunk() }
    self.init(
      counts: try wire.pauseCounts.map(checkedCount), total: try checkedAmount(wire.pauseTotal),
      longest: try checkedAmount(wire.pauseLongest))
  }
}

extension Thread {
  init(_ wire: WireThread) {
    // The builder has checked that there is such a process.
    self.init(
      pid: wire.pid, tid: wire.tid, name: wire.name, isPython: wire.isPython,
      process: Int32(truncatingIfNeeded: wire.process))
  }
}

extension ProcessDescription {
  init(_ wire: WireProcess) {
    self.init(pid: wire.pid, command: wire.command, pythonVersion: wire.pythonVersion)
  }
}

extension Sample {
  /// Undoes `states`; nil if one of the four facts has no such value.
  init?(
    states: UInt32, time: Int64, weight: Int64, thread: Int32, stack: Int32, reason: UInt16
  ) {
    guard let states = UInt8(exactly: states), let cpu = CPUState(rawValue: states & 3),
      let gil = GilState(rawValue: states >> 2 & 3),
      let merge = MergeQuality(rawValue: states >> 4 & 3),
      let source = SampleSource(rawValue: states >> 6)
    else { return nil }
    self.init(
      time: time, weight: weight, thread: thread, stack: stack, cpu: cpu, gil: gil, source: source,
      merge: merge, reason: reason)
  }
}

/// A count or a length of time that no sum over a recording makes overflow.
private func checkedAmount(_ value: Int64) throws(InvalidChunk) -> Int64 {
  guard value >= 0, value < FileFormat.longestTime else { throw InvalidChunk() }
  return value
}
