import ProfileModel

/// Joins the chunks of a recording into a profile. A chunk that says anything impossible is left out
/// whole.
struct ProfileBuilder {
  private var profile = Profile()
  private var strings: [String] = []
  private var stackDepths: [UInt16] = []
  private var expansions: [Int32: [Int32]] = [:]
  private var totalWeight: Int64 = 0
  private var highestReason = 0
  /// True after the first chunk.
  private(set) var isEmpty = true
  /// True once the chunk came that ends a recording.
  private(set) var isComplete = false

  /// Adds what `chunk` holds; false, and nothing changed, if it is invalid.
  mutating func append(_ chunk: WireChunk) -> Bool {
    let before = Counts(self)
    do {
      let ledger = chunk.hasLedger ? try Ledger(chunk.ledger) : profile.ledger
      let recording =
        chunk.hasRecording ? try RecordingDescription(chunk.recording) : profile.recording
      strings += chunk.strings
      try append(modules: chunk.modules)
      try append(functions: chunk.functions)
      try append(frames: chunk.frames)
      try append(stacks: chunk.stacks)
      let expansions = try decode(chunk.expansions)
      profile.processes += chunk.processes.map(ProcessDescription.init)
      try checkIndexes(chunk.processUpdates.lazy.map(\.process), below: profile.processes.count)
      let processCount = max(profile.processes.count, 1)
      try checkIndexes(chunk.threads.lazy.map(\.process), below: processCount)
      profile.threads += chunk.threads.map(Thread.init)
      try checkIndexes(chunk.threadUpdates.lazy.map(\.thread), below: profile.threads.count)
      try append(samples: chunk.samples)
      // Nothing fails from here on.
      apply(chunk.threadUpdates)
      apply(chunk.processUpdates)
      self.expansions.merge(expansions) { first, _ in first }
      profile.ledger = ledger
      profile.recording = recording
      if chunk.hasTarget { profile.target = TargetDescription(chunk.target) }
    } catch {
      restore(before)
      return false
    }
    isEmpty = false
    isComplete = chunk.end
    return true
  }

  /// The profile. `damageOffset` is where in the file something unreadable begins.
  func finish(damageOffset: Int?) -> Profile {
    var profile = profile
    profile.ledger.isComplete = isComplete
    if profile.processes.isEmpty {
      let target = profile.target
      profile.processes = [
        ProcessDescription(
          pid: target.pid, command: target.command, pythonVersion: target.pythonVersion)
      ]
    }
    while profile.ledger.reasons.count <= highestReason {
      profile.ledger.reasons.append("unknown")
    }
    profile.ledger.damageOffset = damageOffset
    if let damageOffset {
      profile.ledger.notes.append(
        "the recording is damaged at byte \(damageOffset); what follows was left out")
    }
    profile.expandFrames(expansions)
    profile.sortSamplesByThreadTime()
    if !isComplete, let last = profile.samples.lazy.map(\.time).max() {
      profile.recording.duration = max(profile.recording.duration, last)
    }
    return profile
  }
}

/// A chunk holds something that no recorder writes.
struct InvalidChunk: Error {}

// MARK: - Tables
extension ProfileBuilder {
  private mutating func append(modules columns: WireModuleColumns) throws(InvalidChunk) {
    try require(columns.buildID.count == columns.path.count)
    for (path, buildID) in zip(columns.path, columns.buildID) {
      profile.modules.append(Module(path: try string(path), buildID: try string(buildID)))
    }
  }

  private mutating func append(functions columns: WireFunctionColumns) throws(InvalidChunk) {
    let count = columns.name.count
    try require(columns.traits.count == count && columns.file.count == count)
    try require(columns.line.count == count && columns.module.count == count)
    try checkIndexes(columns.module, below: profile.modules.count + 1)
    for index in 0..<count {
      let traits = columns.traits[index]
      guard traits < 8, let kind = Function.Kind(rawValue: UInt8(traits & 3)) else {
        throw InvalidChunk()
      }
      profile.functions.append(
        Function(
          kind: kind, name: try string(columns.name[index]), file: try string(columns.file[index]),
          line: try line(columns.line[index]), module: Int32(columns.module[index]) - 1,
          isPlumbing: traits & 4 != 0))
    }
  }

  private mutating func append(frames columns: WireFrameColumns) throws(InvalidChunk) {
    let count = columns.function.count
    try require(columns.line.count == count && columns.address.count == count)
    let functionCount = UInt64(profile.functions.count)
    var address: UInt64 = 0
    for index in 0..<count {
      let function = columns.function[index] >> 1
      try require(function < functionCount)
      address &+= UInt64(bitPattern: columns.address[index])
      profile.frames.append(
        Frame(
          function: Int32(function), line: try line(columns.line[index]), address: address,
          isInlined: columns.function[index] & 1 == 1))
    }
  }

  private mutating func append(stacks columns: WireStackColumns) throws(InvalidChunk) {
    try require(columns.frame.count == columns.parent.count)
    try checkIndexes(columns.frame, below: profile.frames.count)
    for (distance, frame) in zip(columns.parent, columns.frame) {
      let own = profile.stacks.count
      try require(distance >= 1 && distance <= own + 1 && own < Int32.max)
      let parent = own - Int(distance)
      let depth = parent < 0 ? 1 : stackDepths[parent] + 1
      try require(depth <= FileFormat.deepestStack)
      stackDepths.append(depth)
      profile.stacks.append(StackNode(parent: Int32(parent), frame: Int32(frame)))
    }
  }

  private func decode(_ columns: WireExpansionColumns) throws(InvalidChunk) -> [Int32: [Int32]] {
    try require(columns.count.count == columns.frame.count)
    try checkIndexes(columns.frame, below: profile.frames.count)
    try checkIndexes(columns.parts, below: profile.frames.count)
    var result: [Int32: [Int32]] = [:]
    var next = 0
    for (frame, count) in zip(columns.frame, columns.count) {
      try require(count >= 1 && count <= FileFormat.mostParts)
      try require(Int(count) <= columns.parts.count - next)
      result[Int32(frame)] = columns.parts[next..<next + Int(count)].map(Int32.init)
      next += Int(count)
    }
    try require(next == columns.parts.count)
    return result
  }

  private mutating func apply(_ updates: [WireThreadUpdate]) {
    for update in updates {
      profile.threads[Int(update.thread)].name = update.name
      profile.threads[Int(update.thread)].isPython = update.isPython
    }
  }

  private mutating func apply(_ updates: [WireProcessUpdate]) {
    for update in updates {
      profile.processes[Int(update.process)].command = update.command
      profile.processes[Int(update.process)].pythonVersion = update.pythonVersion
    }
  }

  private func string(_ index: UInt32) throws(InvalidChunk) -> String {
    try require(index < strings.count)
    return strings[Int(index)]
  }

  private func line(_ value: UInt32) throws(InvalidChunk) -> Int32 {
    guard let line = Int32(exactly: value) else { throw InvalidChunk() }
    return line
  }

  private func checkIndexes(
    _ indexes: some Sequence<UInt32>, below count: Int
  ) throws(InvalidChunk) {
    try require(indexes.allSatisfy { $0 < count })
  }

  private func require(_ condition: Bool) throws(InvalidChunk) {
    guard condition else { throw InvalidChunk() }
  }
}

// MARK: - Samples
extension ProfileBuilder {
  private mutating func append(samples columns: WireSampleColumns) throws(InvalidChunk) {
    let count = columns.time.count
    try require(count <= FileFormat.mostSamples - profile.samples.count)
    let columnCounts = [
      columns.stack.count, columns.thread.count, columns.states.count, columns.weight.count,
      columns.reason.count,
    ]
    try require(columnCounts.allSatisfy { $0 == 0 || $0 == count })
    try checkIndexes(columns.stack, below: profile.stacks.count + 1)
    try checkIndexes(columns.reason, below: Int(UInt16.max) + 1)
    try require(count == 0 || !profile.threads.isEmpty)
    try checkIndexes(columns.thread, below: profile.threads.count)

    var time: Int64 = 0
    for index in 0..<count {
      time &+= columns.time[index]
      let weight = columns.defaultWeight &+ (columns.weight.isEmpty ? 0 : columns.weight[index])
      try require(time.magnitude < FileFormat.longestTime && weight >= 0)
      try require(weight < FileFormat.longestTime - totalWeight)
      totalWeight += weight
      let reason = columns.reason.isEmpty ? 0 : columns.reason[index]
      highestReason = max(highestReason, Int(reason))
      guard
        let sample = Sample(
          states: columns.states.isEmpty ? 0 : columns.states[index], time: time, weight: weight,
          thread: columns.thread.isEmpty ? 0 : Int32(columns.thread[index]),
          stack: columns.stack.isEmpty ? -1 : Int32(columns.stack[index]) - 1,
          reason: UInt16(reason))
      else { throw InvalidChunk() }
      profile.samples.append(sample)
    }
  }
}

// MARK: - Undo
extension ProfileBuilder {
  /// How far each table went before a chunk.
  private struct Counts {
    let strings, modules, functions, frames, stacks, samples, highestReason: Int
    let processes, threads: Int
    let totalWeight: Int64

    init(_ builder: borrowing ProfileBuilder) {
      strings = builder.strings.count
      modules = builder.profile.modules.count
      functions = builder.profile.functions.count
      frames = builder.profile.frames.count
      stacks = builder.profile.stacks.count
      processes = builder.profile.processes.count
      threads = builder.profile.threads.count
      samples = builder.profile.samples.count
      highestReason = builder.highestReason
      totalWeight = builder.totalWeight
    }
  }

  private mutating func restore(_ counts: Counts) {
    strings.removeSubrange(counts.strings...)
    profile.modules.removeSubrange(counts.modules...)
    profile.functions.removeSubrange(counts.functions...)
    profile.frames.removeSubrange(counts.frames...)
    profile.stacks.removeSubrange(counts.stacks...)
    stackDepths.removeSubrange(counts.stacks...)
    profile.processes.removeSubrange(counts.processes...)
    profile.threads.removeSubrange(counts.threads...)
    profile.samples.removeSubrange(counts.samples...)
    highestReason = counts.highestReason
    totalWeight = counts.totalWeight
  }
}
