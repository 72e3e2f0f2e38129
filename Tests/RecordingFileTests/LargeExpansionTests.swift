import ProfileModel
import SampleTypes
import Testing

@testable import RecordingFile

/// Small recordings that would be large reports.
@Suite struct LargeExpansionTests {
  private func file(_ chunk: WireChunk) throws -> [UInt8] {
    FileFormat.header() + FileFormat.chunk(payload: try #require(chunk.payload))
  }

  private func chunk(name: String, frames: Int) -> WireChunk {
    var chunk = WireChunk()
    chunk.strings = [name, ""]
    chunk.functions.append(Function(kind: .native, name: name), name: 0, file: 1)
    chunk.frames = WireFrameColumns((0..<Int32(frames)).map { Frame(function: 0, line: $0) })
    var thread = WireThread()
    thread.tid = 1
    chunk.threads = [thread]
    return chunk
  }

  @Test func longNamesAreCut() throws {
    let name = String(repeating: "ä", count: 30_000)
    let profile = try RecordingReader.read(bytes: try file(chunk(name: name, frames: 1)), path: "n")
    let read = profile.functions[0].name
    #expect(read.utf8.count <= FileFormat.longestText && read.utf8.count > 4000)
    #expect(read.hasSuffix("ä…"))
    #expect("plain".cut(to: 5) == "plain")
    #expect("plainer".cut(to: 6) == "pla…")
  }

  /// A file of some hundred kilobytes, whose names would be 800 MB where each frame is spelled.
  @Test func aNameOfManyFramesIsCutFurther() throws {
    let bytes = try file(chunk(name: String(repeating: "n", count: 4000), frames: 200_000))
    #expect(bytes.count < 1 << 20)
    let profile = try RecordingReader.read(bytes: bytes, path: "n")
    #expect(profile.functions[0].name.utf8.count == 1024)
    #expect(profile.ledger.notes.contains { $0.hasPrefix("names longer than 1024 bytes are cut") })
  }

  @Test func inlinedCallsAreLeftOutWhereTheyAreTooMany() throws {
    var profile = Profile()
    profile.functions = [Function(kind: .native, name: "f")]
    profile.frames = (0..<40).map { Frame(function: 0, line: $0) }
    profile.stacks = (0..<10_000).map { _ in StackNode(parent: -1, frame: 0) }
    for index in 1..<Int32(10_000) where index % 100 != 0 {
      profile.stacks[Int(index)].parent = index - 1
    }
    profile.processes = [ProcessDescription(pid: 1)]
    profile.threads = [Thread(pid: 1, tid: 1, name: "", isPython: false)]
    profile.samples = (0..<10_000).map {
      Sample(
        time: Int64($0), weight: 1, thread: 0, stack: Int32($0), cpu: .running, gil: .none,
        source: .userTick, merge: .nativeOnly)
    }
    // All hundred-deep towers are alike, so that they are different only by their first frame.
    for tower in 0..<100 { profile.stacks[tower * 100].frame = Int32(tower % 8) }
    for index in profile.stacks.indices where index % 100 == 1 {
      profile.stacks[index].frame = Int32(8 + index / 100 % 30)
    }
    var unlimited = profile
    let parts = Array(Int32(1)...32)
    unlimited.expandFrames([0: parts])
    #expect(unlimited.stacks.count > 50_000)
    profile.expandFrames([0: parts], limit: 20_000)
    #expect(profile.stacks.count <= 20_000)
    #expect(profile.samples.count == 10_000)
    #expect(isSound(profile))
    #expect(profile.ledger.notes.contains { $0.contains("without lines and inlined calls") })
  }

  @Test func aChunkOfMoreSamplesThanAnyWriterWritesIsRefused() throws {
    var chunk = chunk(name: "f", frames: 1)
    chunk.samples.time = [Int64](repeating: 1, count: FileFormat.mostSamplesPerChunk + 1)
    #expect(throws: RecordingFileError.damaged(path: "n", offset: 12)) {
      try RecordingReader.read(bytes: try file(chunk), path: "n")
    }
  }
}
