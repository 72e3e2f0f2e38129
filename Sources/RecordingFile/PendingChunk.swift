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
  /// Stacks in the chunks before this one.
  private var stacksBefore = 0

  /// The payload of the next chunk, which then is no longer pending: everything but the samples
  /// beyond `FileFormat.samplesPerChunk`. Nil if protobuf cannot hold it.
  ///
  /// `isEnd` marks the chunk that takes the last sample as the end of the recording.
  mutating func take(ledger: Ledger, isEnd: Bool) -> [UInt8]? {
    var chunk = WireChunk()
    if let target { chunk.target = WireTarget(target) }
    if let recording { chunk.recording = WireRecording(recording) }
    chunk.ledger = WireLedger(ledger)
    chunk.strings = strings
    if !modules.path.isEmpty { chunk.modules = modules }
    if !functions.name.isEmpty { chunk.functions = functions }
    if !frames.isEmpty { chunk.frames = WireFrameColumns(frames) }
    if !stacks.isEmpty { chunk.stacks = WireStackColumns(stacks, firstIndex: stacksBefore) }
    if !expansions.frame.isEmpty { chunk.expansions = expansions }
    chunk.processes = processes.map(WireProcess.init)
    chunk.processUpdates = processUpdates
    chunk.threads = threads.map(WireThread.init)
    chunk.threadUpdates = threadUpdates
    let taken = samples.prefix(FileFormat.samplesPerChunk)
    if !taken.isEmpty { chunk.samples = WireSampleColumns(taken) }
    chunk.end = isEnd && taken.count == samples.count
    guard let payload: [UInt8] = try? chunk.serializedBytes() else { return nil }
    forget(sampleCount: taken.count)
    return payload
  }

  private mutating func forget(sampleCount: Int) {
    target = nil
    recording = nil
    strings.removeAll(keepingCapacity: true)
    modules = WireModuleColumns()
    functions = WireFunctionColumns()
    expansions = WireExpansionColumns()
    frames.removeAll(keepingCapacity: true)
    stacksBefore += stacks.count
    stacks.removeAll(keepingCapacity: true)
    processes.removeAll(keepingCapacity: true)
    processUpdates.removeAll(keepingCapacity: true)
    threads.removeAll(keepingCapacity: true)
    threadUpdates.removeAll(keepingCapacity: true)
    samples.removeSubrange(..<sampleCount)
  }
}
