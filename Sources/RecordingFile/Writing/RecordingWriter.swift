import Glibc
public import ProfileModel
import SwiftProtobuf

/// Writes a recording while it is made.
///
/// Facts are buffered in memory; only `flush` and `close` write. An older recording is not touched
/// before there is a sample. Not thread-safe: one thread owns it.
public final class RecordingWriter {
  private var file: OutputFile
  private var pending = PendingChunk()
  /// A serialized chunk that the disk had no room for; it goes first at the next attempt.
  private var unwritten: [UInt8] = []
  /// The name under which the file was made, once it has another one or was removed under it.
  private var lostName: String?
  /// Bytes of the file that are known to be whole chunks.
  private var size = 0

  private var strings = InternTable<String>()
  private var modules = InternTable<Module>()
  private var functions = InternTable<Function>()
  private var frames = InternTable<Frame>()
  private var stacks = InternTable<StackNode>()
  private var stackDepths: [UInt16] = []
  /// Nodes that stand for all callees of their parents; nothing goes below them.
  private var cutStacks: Set<Int32> = []
  public private(set) var processCount: Int32 = 0
  public private(set) var threadCount: Int32 = 0
  /// Rows that stand for those that find no room; -1 while there are none.
  private var otherThreads: Int32 = -1
  private var otherProcesses: Int32 = -1
  private var ledger = Ledger()
  private var hasSamples = false
  private var isClosed = false

  private let limits: RecordingLimits
  private var thinning: SampleThinning
  private var cutSamples: Int64 = 0

  /// Samples that were given up because the disk stayed full; they are in the file's ledger as lost.
  public private(set) var droppedSamples: Int64 = 0

  /// Creates `path`, readable by its owner only. Symbolic links are not followed.
  public convenience init(path: String, overwrite: Bool) throws(RecordingFileError) {
    try self.init(path: path, overwrite: overwrite, limits: RecordingLimits())
  }

  init(path: String, overwrite: Bool, limits: RecordingLimits) throws(RecordingFileError) {
    file = try OutputFile(path: path, overwrite: overwrite)
    self.limits = limits
    thinning = SampleThinning(limit: limits.samples)
  }

  /// The file, if it was made here and is not a replacement.
  public var newFile: WrittenFile? { file.isNew ? file.identity : nil }

  /// Says why `init` would fail, without creating or changing anything: ask it before attaching.
  public static func probe(path: String, overwrite: Bool) throws(RecordingFileError) {
    try OutputFile.probe(path: path, overwrite: overwrite)
  }
}

// MARK: - Facts, each stored once
extension RecordingWriter {
  /// The index of `module`, as in `Profile.modules`. Equal values get equal indexes; beyond
  /// `RecordingLimits` one module stands for all others.
  public func add(module: Module) -> Int32 {
    guard modules.count < limits.modules || modules.contains(module) else {
      return store(Module(path: RecordingLimits.otherModules))
    }
    return store(module)
  }

  private func store(_ module: Module) -> Int32 {
    modules.index(of: module) {
      let path = add(string: module.path)
      pending.modules.append(path: path, buildID: add(string: module.buildID))
    }
  }

  /// The index of `function`, as in `Profile.functions`. Its module must have been added. Beyond
  /// `RecordingLimits` one function of each kind stands for all others.
  public func add(function: Function) -> Int32 {
    assert(function.module >= -1 && function.module < modules.count)
    guard functions.count < limits.functions || functions.contains(function) else {
      return store(Function(kind: function.kind, name: RecordingLimits.otherFunctions))
    }
    return store(function)
  }

  private func store(_ function: Function) -> Int32 {
    functions.index(of: function) {
      let name = add(string: function.name)
      pending.functions.append(function, name: name, file: add(string: function.file))
    }
  }

  /// The index of `frame`, as in `Profile.frames`. Its function must have been added. Beyond
  /// `RecordingLimits` it is a frame of the function alone, without a line.
  public func add(frame: Frame) -> Int32 {
    assert(frame.function >= 0 && frame.function < functions.count)
    guard hasRoomForFrames || frames.contains(frame) else {
      return store(Frame(function: frame.function))
    }
    return store(frame)
  }

  private func store(_ frame: Frame) -> Int32 {
    frames.index(of: frame) { pending.frames.append(frame) }
  }

  /// False once new frames are of functions only: more need not be found out about them.
  public var hasRoomForFrames: Bool { frames.count < limits.frames }

  /// The index of `stack`, as in `Profile.stacks`. Its parent and frame must have been added.
  ///
  /// A node below `deepestStack` callers is not stored: its parent's index comes back. Beyond
  /// `RecordingLimits` a node that says so takes the place of all that are new below one parent.
  public func add(stack: StackNode) -> Int32 {
    assert(stack.parent >= -1 && stack.parent < stacks.count)
    assert(stack.frame >= 0 && stack.frame < frames.count)
    let depth = stack.parent < 0 ? 1 : stackDepths[Int(stack.parent)] + 1
    guard depth <= FileFormat.deepestStack, !cutStacks.contains(stack.parent) else {
      return stack.parent
    }
    guard stacks.count < limits.stacks || stacks.contains(stack) else {
      return addCut(below: stack.parent, depth)
    }
    return store(stack, depth)
  }

  private func store(_ stack: StackNode, _ depth: UInt16) -> Int32 {
    stacks.index(of: stack) {
      stackDepths.append(depth)
      pending.stacks.append(stack)
    }
  }

  /// A quarter of the limit is left for these; then stacks end at the parent.
  private func addCut(below parent: Int32, _ depth: UInt16) -> Int32 {
    let function = store(Function(kind: .native, name: RecordingLimits.cutStack))
    let node = StackNode(parent: parent, frame: store(Frame(function: function)))
    let limit = limits.stacks + limits.stacks / 4
    guard stacks.count < limit || stacks.contains(node) else { return parent }
    let index = store(node, depth)
    cutStacks.insert(index)
    return index
  }

  /// Says what a frame that was added before consists of: the function itself with its line, and the
  /// calls inlined there, the outermost first. Stacks with `frame` then have `parts` instead. At
  /// most once a frame; parts beyond `FileFormat.mostParts` are left out.
  public func add(expansionOf frame: Int32, parts: [Int32]) {
    assert(frame >= 0 && frame < frames.count && !parts.isEmpty)
    let parts = parts.prefix(FileFormat.mostParts)
    pending.expansions.frame.append(UInt32(frame))
    pending.expansions.count.append(UInt32(parts.count))
    pending.expansions.parts.append(contentsOf: parts.map(UInt32.init))
  }

  /// A new process's index, as in `Profile.processes`. The target comes first.
  public func add(process: ProcessDescription) -> Int32 {
    guard pending.processes.count < limits.pendingRows else {
      return addOtherProcesses(process.pid)
    }
    pending.processes.append(process)
    processCount += 1
    return processCount - 1
  }

  private func addOtherProcesses(_ pid: Int32) -> Int32 {
    if otherProcesses < 0 {
      pending.processes.append(
        ProcessDescription(pid: pid, command: RecordingLimits.otherProcesses))
      otherProcesses = processCount
      processCount += 1
    }
    return otherProcesses
  }

  /// Corrects what became known about a process after it was added; its pid stays.
  public func update(process index: Int32, _ description: ProcessDescription) {
    assert(index >= 0 && index < processCount)
    guard index != otherProcesses, pending.processUpdates.count < limits.pendingRows else { return }
    pending.processUpdates.append(
      .with {
        $0.process = UInt32(index)
        $0.command = description.command
        $0.pythonVersion = description.pythonVersion
      })
  }

  /// A new thread's index, as in `Profile.threads`; the kernel reuses thread ids, so equal threads
  /// get different indexes. Its process must have been added, unless there is the target alone.
  public func add(thread: Thread) -> Int32 {
    assert(thread.process >= 0 && thread.process < max(processCount, 1))
    guard pending.threads.count < limits.pendingRows else { return addOtherThreads(like: thread) }
    pending.threads.append(thread)
    threadCount += 1
    return threadCount - 1
  }

  private func addOtherThreads(like thread: Thread) -> Int32 {
    if otherThreads < 0 {
      var row = thread
      row.name = RecordingLimits.otherThreads
      pending.threads.append(row)
      otherThreads = threadCount
      threadCount += 1
    }
    return otherThreads
  }

  /// Corrects what became known about a thread after it was added.
  public func update(thread index: Int32, name: String, isPython: Bool) {
    assert(index >= 0 && index < threadCount)
    guard index != otherThreads, pending.threadUpdates.count < limits.pendingRows else { return }
    pending.threadUpdates.append(
      .with {
        $0.thread = UInt32(index)
        $0.name = name
        $0.isPython = isPython
      })
  }

  private func add(string: String) -> UInt32 {
    let string = string.cut(to: FileFormat.longestText)
    return UInt32(strings.index(of: string) { pending.strings.append(string) })
  }
}

// MARK: - Samples and descriptions
extension RecordingWriter {
  /// Appends a sample; its thread and stack must have been added. Where the recording would have too many,
  /// one with more weight stands for some.
  public func append(sample: Sample) {
    assert(sample.thread >= 0 && sample.thread < threadCount)
    assert(sample.stack >= -1 && sample.stack < stacks.count)
    guard pending.samples.count < limits.pendingSamples else {
      droppedSamples += 1
      return
    }
    guard let factor = thinning.next() else { return }
    hasSamples = true
    if cutStacks.contains(sample.stack) { cutSamples += factor }
    var sample = sample
    sample.weight = sample.weight.multipliedReportingOverflow(by: factor).partialValue
    pending.samples.append(sample)
  }

  public func setTarget(_ target: TargetDescription) { pending.target = target }

  public func setRecording(_ recording: RecordingDescription) { pending.recording = recording }

  /// What the next flush writes; the last one in the file counts.
  public func setLedger(_ ledger: Ledger) { self.ledger = ledger }
}

// MARK: - Writing
extension RecordingWriter {
  /// Writes everything that was added since the last flush.
  ///
  /// On an error the file keeps what was flushed before and stays readable, nothing is forgotten,
  /// and the next flush tries again. Before the first sample an older recording is not touched; a new file
  /// becomes one without samples.
  public func flush() throws(RecordingFileError) {
    if hasSamples || file.isNew { try write(isEnd: false) }
  }

  /// Writes the rest and marks the recording complete; without any sample it is given up as by
  /// `discard`. Nothing may be added afterwards; after an error it may be called again.
  ///
  /// A recording whose name was taken away while it was written is complete under another or a new one,
  /// which the error tells.
  public func close() throws(RecordingFileError) {
    guard hasSamples else { return discard() }
    try write(isEnd: true)
    try lookAfterFile()
    if let lostName { throw .disturbed(path: lostName, rescue: file.path) }
  }

  /// Gives a recording without samples up: removes the file if this writer made it; an older one
  /// is still as it was.
  public func discard() {
    if file.isNew, !hasSamples { file.remove() }
  }

  /// Whoever removes a recording while it is written does not know that it is one; whoever cuts it takes
  /// what all later parts refer to.
  private func lookAfterFile() throws(RecordingFileError) {
    guard file.isNew, size > 0 else { return }
    guard file.isWhole(size) else { throw .disturbed(path: file.path, rescue: nil) }
    guard !file.isNamed else { return }
    let name = file.path
    try file.rescue(size)
    lostName = lostName ?? name
  }

  private func write(isEnd: Bool) throws(RecordingFileError) {
    try lookAfterFile()
    try writeUnwritten()
    while !isClosed {
      var ledger = ledger
      ledger.lostSamples += droppedSamples
      ledger.notes += limitNotes
      guard let payload = pending.take(ledger: ledger, isEnd: isEnd) else {
        throw .writeFailed(path: file.path, errno: EFBIG)
      }
      isClosed = isEnd && pending.samples.isEmpty
      unwritten = FileFormat.chunk(payload: payload)
      try writeUnwritten()
      if pending.samples.isEmpty { return }
    }
  }

  /// What the limits have cost.
  private var limitNotes: [String] {
    var notes: [String] = []
    if cutSamples > 0 {
      notes.append(
        "\(cutSamples) stacks are cut: \(limits.stacks) different ones are kept")
    }
    if functions.count >= limits.functions || !hasRoomForFrames || modules.count >= limits.modules {
      notes.append("there were too many different functions or lines: the later ones have no names")
    }
    if thinning.factor > 1 {
      notes.append(
        "of the last samples one of \(thinning.factor) is kept, with the weight of all: a recording "
          + "holds \(limits.samples)")
    }
    if otherThreads >= 0 || otherProcesses >= 0 {
      notes.append("some threads are shown as one: they were made while nothing could be written")
    }
    return notes
  }

  private func writeUnwritten() throws(RecordingFileError) {
    guard !unwritten.isEmpty else { return }
    if !file.isNew {
      let start = FileFormat.header() + unwritten
      try file.replace(with: start)
      size = start.count
      unwritten = []
      return
    }
    if size == 0 {
      try file.truncate(to: 0)
      try file.write(FileFormat.header(), at: 0)
      size = FileFormat.headerSize
    }
    do {
      try file.write(unwritten, at: size)
    } catch {
      // A reader stops at half a chunk anyway; without it the disk has a little more room.
      try? file.truncate(to: size)
      throw error
    }
    size += unwritten.count
    unwritten = []
  }
}
