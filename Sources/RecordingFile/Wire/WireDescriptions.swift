import ProfileModel

extension WireTarget {
  init(_ target: TargetDescription) {
    pid = target.pid
    command = target.command
    pythonVersion = target.pythonVersion
    freeThreaded = target.isFreeThreaded
    host = target.host
    // A recording has no use for thousands of groups.
    reader = target.reader.map { [$0.user, $0.group] + $0.groups.prefix(1024) } ?? []
    otherRoot = target.hasOtherRoot
  }
}

extension WireRecording {
  init(_ recording: RecordingDescription) {
    hyflameVersion = recording.hyflameVersion
    startTime = recording.startTime
    duration = recording.duration
    rate = recording.rate
    clock = recording.clock
    privileged = recording.privileged
    recordsBlocked = recording.recordsBlocked
    kernelVersion = recording.kernelVersion
    capture = recording.capture?.rawValue ?? ""
    launched = recording.isLaunched
    endsWithTarget = recording.endsWithTarget
  }
}

extension WireLedger {
  init(_ ledger: Ledger) {
    expectedSamples = ledger.expectedSamples
    lostSamples = ledger.lostSamples
    reasons = ledger.reasons
    pauseCounts = ledger.pauses.counts.map { UInt64(clamping: $0) }
    pauseTotal = ledger.pauses.total
    pauseLongest = ledger.pauses.longest
    profilerCpu = ledger.profilerCPU
    profilerPeakRss = ledger.profilerPeakRSS
    stopCallCounts = ledger.stopCalls.counts.map { UInt64(clamping: $0) }
    notes = ledger.notes
    processesSeen = ledger.processesSeen
    threadsSeen = ledger.threadsSeen
  }
}

extension WireThread {
  init(_ thread: Thread) {
    pid = thread.pid
    tid = thread.tid
    name = thread.name
    isPython = thread.isPython
    process = UInt32(thread.process)
  }
}

extension WireProcess {
  init(_ process: ProcessDescription) {
    pid = process.pid
    command = process.command
    pythonVersion = process.pythonVersion
  }
}
