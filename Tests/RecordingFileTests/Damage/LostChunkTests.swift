import Foundation
import ProfileModel
import SampleTypes
import Testing

@testable import RecordingFile

/// One damaged byte costs one chunk, and nothing that is shown is wrong.
@Suite struct LostChunkTests {
  private static let chunks = 6
  private static let samplesPerChunk = 5
  let whole: [UInt8]
  let raw: RawRecording
  /// What each sample is: its time, its thread and its stack, spelled out.
  let spelled: [String]

  /// Every chunk brings new names, frames, stacks and a thread, and uses those of the chunks before.
  init() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.data")
    let writer = try RecordingWriter(path: path, overwrite: false)
    var stack: Int32 = -1
    for chunk in 0..<Self.chunks {
      var recording = RecordingDescription()
      recording.duration = Int64(chunk + 1) * 1_000_000_000
      writer.setRecording(recording)
      let module = writer.add(module: Module(path: "/lib/\(chunk).so"))
      let function = writer.add(
        function: Function(kind: .native, name: "f\(chunk)", file: "\(chunk).c", module: module))
      let frame = writer.add(frame: Frame(function: function, line: Int32(chunk)))
      stack = writer.add(stack: StackNode(parent: stack, frame: frame))
      let thread = writer.add(
        thread: Thread(pid: 1, tid: Int32(chunk), name: "thread \(chunk)", isPython: false))
      for index in 0..<Self.samplesPerChunk {
        writer.append(
          sample: Sample(
            time: Int64(chunk * 100 + index), weight: 1, thread: index == 0 ? 0 : thread,
            stack: stack, cpu: .running, gil: .none, source: .userTick, merge: .nativeOnly))
      }
      if chunk < Self.chunks - 1 { try writer.flush() } else { try writer.close() }
    }
    whole = try bytes(of: path)
    raw = RawRecording(whole)
    spelled = Self.spelled(try RecordingReader.read(path: path))
    try #require(raw.chunkOffsets.count == Self.chunks)
    try #require(spelled.count == Self.chunks * Self.samplesPerChunk)
  }

  private static func spelled(_ profile: Profile) -> [String] {
    profile.samples.map { sample in
      var names: [String] = []
      var node = sample.stack
      while node >= 0 {
        let frame = profile.frames[Int(profile.stacks[Int(node)].frame)]
        let function = profile.functions[Int(frame.function)]
        let module = function.module < 0 ? "" : profile.modules[Int(function.module)].path
        names.append("\(function.name) \(function.file):\(frame.line) \(module)")
        node = profile.stacks[Int(node)].parent
      }
      return "\(sample.time) \(profile.threads[Int(sample.thread)].name) \(names)"
    }
  }

  private func without(_ chunks: [Int]) -> [String] {
    spelled.enumerated().filter { !chunks.contains($0.offset / Self.samplesPerChunk) }
      .map(\.element)
  }

  @Test func everyByteCostsItsChunkAtMost() throws {
    for index in whole.indices where index != 8 {
      // Beside the header of the file, one kind of damage a byte is enough.
      for flip in index < 40 ? [UInt8(1), 0x80, 0xff] : [[1, 0x80, 0xff][index % 3]] {
        var damaged = whole
        damaged[index] ^= flip
        let read = try RecordingReader.read(bytes: damaged, path: "bad")
        let chunk = raw.chunkOffsets.lastIndex { $0 <= index }
        #expect(Self.spelled(read) == without([chunk].compactMap(\.self)), "byte \(index)")
        #expect(read.ledger.damageOffset == chunk.map { raw.chunkOffsets[$0] } ?? 0)
        #expect(!read.ledger.isComplete)
        #expect(isSound(read))
      }
    }
    // Another version is none that this reader may guess at.
    var newer = whole
    newer[8] = 2
    #expect(throws: RecordingFileError.unsupportedVersion(path: "n", found: 2, supported: 1)) {
      try RecordingReader.read(bytes: newer, path: "n")
    }
  }

  @Test func whatIsLostIsCounted() throws {
    var damaged = whole
    damaged[raw.chunkOffsets[2] + 20] ^= 0xff
    let read = try RecordingReader.read(bytes: damaged, path: "bad")
    #expect(
      read.ledger.damage
        == "is damaged at byte \(raw.chunkOffsets[2]): 1 chunk lost (5 samples, 1.0 s)")
    #expect(read.ledger.notes.last == "the recording " + read.ledger.damage)
  }

  /// The tables of a chunk are in the next one, too; those of two that are lost are not.
  @Test func whatHasNoCopyIsNamedAsLost() throws {
    var damaged = whole
    damaged[raw.chunkOffsets[1] + 30] ^= 1
    damaged[raw.chunkOffsets[2] + 30] ^= 1
    let read = try RecordingReader.read(bytes: damaged, path: "bad")
    #expect(isSound(read))
    let lost = ChunkLosses.name
    #expect(
      read.ledger.damage
        == "is damaged at byte \(raw.chunkOffsets[1]): 2 chunks lost (10 samples, 2.0 s), "
        + "15 samples lack names")
    let texts = Self.spelled(read)
    #expect(texts.prefix(5) == spelled.prefix(5))
    #expect(texts.count == spelled.count - 10)
    // What is known is right: f2 and later are, and f1, f0 are not shown as anything else.
    for text in texts.dropFirst(5) {
      #expect(text.contains("f2 2.c:2 /lib/2.so") && text.contains(lost) && !text.contains("f1"))
    }
  }

  @Test func aHoleAtTheBeginningLosesWhatWasThere() throws {
    var emptied = whole
    let end = raw.chunkOffsets[3] + 4
    emptied.replaceSubrange(0..<end, with: [UInt8](repeating: 0, count: end))
    let read = try RecordingReader.read(bytes: emptied, path: "hole")
    #expect(read.samples.count == 2 * Self.samplesPerChunk)
    #expect(read.ledger.damage.hasPrefix("is damaged at byte 0: 4 chunks lost (20 samples"))
    #expect(Self.spelled(read).allSatisfy { $0.contains("f3 3.c:3") })
    #expect(throws: RecordingFileError.emptied(path: "hole")) {
      try RecordingReader.read(bytes: [UInt8](repeating: 0, count: 5000), path: "hole")
    }
  }

  /// Files of before cannot say how much is missing.
  @Test func recordingsWithoutPositionsEndAtTheDamage() throws {
    var old = raw
    for (index, payload) in raw.payloads.enumerated() {
      var chunk = try #require(WireChunk(payload: payload))
      chunk.clearPosition()
      chunk.clearPrevious()
      old.payloads[index] = try #require(chunk.payload)
    }
    let file = old.file
    #expect(Self.spelled(try RecordingReader.read(bytes: file, path: "old")) == spelled)
    let offsets = RawRecording(file).chunkOffsets
    var damaged = file
    damaged[offsets[2] + 10] ^= 1
    let read = try RecordingReader.read(bytes: damaged, path: "old")
    #expect(Self.spelled(read) == Array(spelled.prefix(10)))
    #expect(
      read.ledger.damage == "is damaged at byte \(offsets[2]); what follows was left out")
  }

  /// Counts that no lost bytes could have held, and places that look as if a chunk began there.
  @Test func liesAboutWhatIsLostCostNothing() throws {
    var chunk = try #require(WireChunk(payload: raw.payloads[3]))
    chunk.clearPrevious()
    for path in [
      \WirePosition.stacks, \.strings, \.threads, \.frames, \.samples, \.number, \.functions,
    ] {
      var lying = chunk
      lying.position[keyPath: path] = 1 << 40
      var mutation = raw
      mutation.payloads[3] = try #require(lying.payload)
      var file = mutation.file
      file[raw.chunkOffsets[2] + 9] ^= 1
      let read = try RecordingReader.read(bytes: file, path: "lie")
      #expect(read.stacks.count < 100 && read.threads.count < 100)
      #expect(isSound(read))
    }
    let start = ContinuousClock.now
    let bait: [UInt8] = [0, 0, 0x20, 0, 9, 9, 9, 9, 0x82, 0x01, 20] + FileFormat.positionStart
    let baits = [[UInt8]](repeating: bait, count: 400_000).flatMap(\.self)
    let read = try RecordingReader.read(
      bytes: Array(whole.prefix(raw.chunkOffsets[1])) + baits, path: "bait")
    #expect(read.samples.count == Self.samplesPerChunk)
    #expect(ContinuousClock.now - start < .seconds(20))
  }
}
