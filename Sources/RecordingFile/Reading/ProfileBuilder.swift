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
  private var losses = ChunkLosses()
  /// `Position.recording` and `number` of the last chunk, where it has them.
  private(set) var recordingNumber: UInt64?
  private(set) var chunkNumber: UInt64?
  /// True after the first chunk.
  private(set) var isEmpty = true
  /// True once the chunk came that ends a recording.
  private(set) var isComplete = false

  /// Adds what `chunk` holds; false, and nothing changed, if it is invalid.
  ///
  /// `lostBytes` of the file before it cannot be read: rows that were in there are taken from the copy
  /// in the chunk, or get stand-ins, so that what follows still refers to the right ones.
  mutating func append(_ chunk: WireChunk, lostBytes: Int = 0) -> Bool {
    guard lostBytes > 0 else { return appendWhole(chunk) }
    let before = Counts(self)
    let (oldLosses, oldExpansions) = (losses, expansions)
    guard chunk.hasPosition, bridge(to: chunk, lostBytes), appendWhole(chunk) else {
      restore(before)
      (losses, expansions) = (oldLosses, oldExpansions)
      return false
    }
    return true
  }

  /// As `append` where nothing is lost.
  private mutating func appendWhole(_ chunk: WireChunk) -> Bool {
    guard !chunk.hasPosition || stands(at: chunk.position), appendTables(chunk) else {
      return false
    }
    if chunk.hasPosition {
      recordingNumber = chunk.position.recording
      chunkNumber = chunk.position.number
    }
    isEmpty = false
    isComplete = chunk.end
    return true
  }

  private mutating func appendTables(_ chunk: WireChunk) -> Bool {
    let before = Counts(self)
    do {
      let ledger = chunk.hasLedger ? try Ledger(chunk.ledger) : profile.ledger
      let recording =
        chunk.hasRecording ? try RecordingDescription(chunk.recording) : profile.recording
      strings += chunk.strings.map { $0.cut(to: FileFormat.longestText) }
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
    return true
  }

  /// The profile. `damageOffset` is where in the file something unreadable begins; `isLost` means that
  /// nothing behind the last chunk could be read.
  func finish(damageOffset: Int?, isLost: Bool = true) -> Profile {
    var profile = profile
    profile.ledger.isComplete = isComplete && losses.chunks == 0 && losses.bytes == 0
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
    let nameless = losses.fillIn(&profile)
    profile.findUnknownGil()
    if let damageOffset {
      profile.ledger.damageOffset = damageOffset
      profile.ledger.damage = losses.sentence(
        at: damageOffset, namelessSamples: nameless, losesRest: isLost)
      profile.ledger.notes.append("the recording " + profile.ledger.damage)
    }
    profile.cutNames()
    profile.expandFrames(expansions)
    profile.sortSamplesByThreadTime()
    if !profile.ledger.isComplete, let last = profile.samples.lazy.map(\.time).max() {
      profile.recording.duration = max(profile.recording.duration, last)
    }
    return profile
  }
}

// MARK: - What damage took
extension ProfileBuilder {
  /// True if the rows before a chunk are those that were read.
  private func stands(at position: WirePosition) -> Bool {
    let counts = Counts(self)
    return position.strings == counts.strings && position.modules == counts.modules
      && position.functions == counts.functions && position.frames == counts.frames
      && position.stacks == counts.stacks && position.processes == counts.processes
      && position.threads == counts.threads
  }

  /// Makes up for the chunks before this one that could not be read.
  private mutating func bridge(to chunk: WireChunk, _ lostBytes: Int) -> Bool {
    let position = chunk.position
    let expected = chunkNumber.map { $0 &+ 1 } ?? 0
    guard recordingNumber == nil || recordingNumber == position.recording,
      position.number >= expected, position.number - expected <= UInt64(lostBytes)
    else { return false }
    losses.bytes += lostBytes
    losses.chunks += Int(position.number - expected)
    let known = UInt64(profile.samples.count) &+ losses.samples
    guard position.samples >= known, position.samples - known <= UInt64(lostBytes) else {
      return false
    }
    losses.samples += position.samples - known
    losses.time &+= max(0, min(position.time, FileFormat.longestTime) &- profile.recording.duration)
    guard position.number > expected else { return stands(at: position) }
    if chunk.hasPrevious,
      let previous = position.before(chunk.previous), pad(to: previous, lostBytes)
    {
      _ = appendTables(chunk.previous)
    }
    return pad(to: position, lostBytes)
  }

  /// Adds stand-ins for rows that are lost. A row takes a byte at least.
  private mutating func pad(to position: WirePosition, _ lostBytes: Int) -> Bool {
    func missing(_ count: UInt64, _ known: Int) -> Int? {
      guard count >= UInt64(known), count - UInt64(known) <= UInt64(lostBytes) else { return nil }
      return Int(count - UInt64(known))
    }
    guard let strings = missing(position.strings, strings.count),
      let modules = missing(position.modules, profile.modules.count),
      let functions = missing(position.functions, profile.functions.count),
      let frames = missing(position.frames, profile.frames.count),
      let stacks = missing(position.stacks, profile.stacks.count),
      let processes = missing(position.processes, profile.processes.count),
      let threads = missing(position.threads, profile.threads.count),
      profile.frames.count + frames < Int(Int32.max), profile.stacks.count + stacks < Int(Int32.max)
    else { return false }
    self.strings += repeatElement(ChunkLosses.name, count: strings)
    profile.modules += repeatElement(Module(path: ChunkLosses.name), count: modules)
    profile.functions += repeatElement(ChunkLosses.function, count: functions)
    profile.frames += repeatElement(ChunkLosses.frame, count: frames)
    profile.stacks += repeatElement(ChunkLosses.stack, count: stacks)
    stackDepths += repeatElement(1, count: stacks)
    profile.processes += repeatElement(
      ProcessDescription(pid: 0, command: ChunkLosses.name), count: processes)
    profile.threads += repeatElement(
      Thread(pid: 0, tid: 0, name: ChunkLosses.name, isPython: false), count: threads)
    return true
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
    try require(count <= FileFormat.mostSamplesPerChunk)
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

extension WirePosition {
  /// Where the chunk stands whose tables are `tables`, if this is where the next one does.
  fileprivate func before(_ tables: WireChunk) -> WirePosition? {
    var result = self
    func subtract(_ count: Int, _ field: WritableKeyPath<WirePosition, UInt64>) -> Bool {
      let (value, isNegative) = result[keyPath: field].subtractingReportingOverflow(UInt64(count))
      result[keyPath: field] = value
      return !isNegative
    }
    let fits = [
      subtract(tables.strings.count, \.strings), subtract(tables.modules.path.count, \.modules),
      subtract(tables.functions.name.count, \.functions),
      subtract(tables.frames.function.count, \.frames),
      subtract(tables.stacks.frame.count, \.stacks),
      subtract(tables.processes.count, \.processes), subtract(tables.threads.count, \.threads),
    ]
    return fits.allSatisfy(\.self) ? result : nil
  }
}
