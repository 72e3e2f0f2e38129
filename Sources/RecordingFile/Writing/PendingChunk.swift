import ProfileModel
import SwiftProtobuf

/// What was added since the last chunk was made.
struct PendingChunk {
  var target: TargetDescription?
  var recording: RecordingDescription?
  var strings: [String] = []
  var modules = WireModuleColumns()
  var functions = WireFunctionColumns()
  var frames: [Frame] = []
  var stacks: [StackNode] = []
  var expansions = WireExpansionColumns()
  var processes: [ProcessDescription] = []
  var processUpdates: [WireProcessUpdate] = []
  var threads: [Thread] = []
  var threadUpdates: [WireThreadUpdate] = []
  var samples: [Sample] = []
  /// Of this chunk: what stands in those before it.
  private var position: WirePosition = .with { $0.recording = FileFormat.newRecordingNumber() }
  /// The tables of the chunk before: they are written twice, so that a damaged chunk costs its samples
  /// only.
  private var previous: WireChunk?

  /// The payload of the next chunk, which then is no longer pending: everything but the samples
  /// beyond `FileFormat.samplesPerChunk`. Nil if protobuf cannot hold it.
  ///
  /// `isEnd` marks the chunk that takes the last sample as the end of the recording.
  mutating func take(ledger: Ledger, isEnd: Bool) -> [UInt8]? {
    let tables = tables
    let taken = samples.prefix(FileFormat.samplesPerChunk)
    var chunk = tables
    chunk.ledger = WireLedger(ledger)
    if !taken.isEmpty { chunk.samples = WireSampleColumns(taken) }
    chunk.end = isEnd && taken.count == samples.count
    if let previous { chunk.previous = previous }
    guard let payload = self.payload(chunk) else { return nil }
    forget(tables, sampleCount: taken.count)
    return payload
  }

  private var tables: WireChunk {
    var chunk = WireChunk()
    if let target { chunk.target = WireTarget(target) }
    if let recording { chunk.recording = WireRecording(recording) }
    chunk.strings = strings
    if !modules.path.isEmpty { chunk.modules = modules }
    if !functions.name.isEmpty { chunk.functions = functions }
    if !frames.isEmpty { chunk.frames = WireFrameColumns(frames) }
    if !stacks.isEmpty {
      chunk.stacks = WireStackColumns(stacks, firstIndex: Int(position.stacks))
    }
    if !expansions.frame.isEmpty { chunk.expansions = expansions }
    chunk.processes = processes.map(WireProcess.init)
    chunk.processUpdates = processUpdates
    chunk.threads = threads.map(WireThread.init)
    chunk.threadUpdates = threadUpdates
    return chunk
  }

  /// The position stands first, whatever the number of its field: protobuf allows any order.
  private func payload(_ chunk: WireChunk) -> [UInt8]? {
    guard let start: [UInt8] = try? position.serializedBytes() else { return nil }
    let head = FileFormat.positionTag + [UInt8(start.count)] + start
    if let rest = chunk.payload, rest.count <= FileFormat.longestChunk / 2 {
      return head + rest
    }
    var alone = chunk
    alone.clearPrevious()
    guard let rest = alone.payload,
      rest.count <= FileFormat.longestChunk - head.count
    else { return nil }
    return head + rest
  }

  private mutating func forget(_ tables: WireChunk, sampleCount: Int) {
    previous = tables
    position.number += 1
    position.strings += UInt64(strings.count)
    position.modules += UInt64(modules.path.count)
    position.functions += UInt64(functions.name.count)
    position.frames += UInt64(frames.count)
    position.stacks += UInt64(stacks.count)
    position.processes += UInt64(processes.count)
    position.threads += UInt64(threads.count)
    position.samples += UInt64(sampleCount)
    if let recording { position.time = recording.duration }
    target = nil
    recording = nil
    strings.removeAll(keepingCapacity: true)
    modules = WireModuleColumns()
    functions = WireFunctionColumns()
    expansions = WireExpansionColumns()
    frames.removeAll(keepingCapacity: true)
    stacks.removeAll(keepingCapacity: true)
    processes.removeAll(keepingCapacity: true)
    processUpdates.removeAll(keepingCapacity: true)
    threads.removeAll(keepingCapacity: true)
    threadUpdates.removeAll(keepingCapacity: true)
    samples.removeSubrange(..<sampleCount)
  }
}
