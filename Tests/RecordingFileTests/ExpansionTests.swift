import ProfileModel
import SampleTypes
import Testing

@testable import RecordingFile

/// Frames whose lines and inlined calls became known after their stacks were written.
struct ExpansionTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func frames(_ profile: Profile, of sample: Sample) -> [Frame] {
    var result: [Frame] = []
    var node = sample.stack
    while node >= 0 {
      result.append(profile.frames[Int(profile.stacks[Int(node)].frame)])
      node = profile.stacks[Int(node)].parent
    }
    return result.reversed()
  }

  @Test func laterFactsReplaceFramesEverywhere() throws {
    let path = directory.file("a.data")
    let writer = try RecordingWriter(path: path, overwrite: false)
    let module = writer.add(module: Module(path: "/lib/a.so"))
    func function(_ name: String, line: Int32 = 0) -> Int32 {
      writer.add(function: Function(kind: .native, name: name, line: line, module: module))
    }
    let outer = function("outer")
    let addresses = [0x1010, 0x1020, 0x1030].map { (address: UInt64) in
      writer.add(frame: Frame(function: outer, address: address))
    }
    let caller = writer.add(frame: Frame(function: function("caller"), address: 0x5000))
    let root = writer.add(stack: StackNode(parent: -1, frame: caller))
    let thread = writer.add(thread: Thread(pid: 1, tid: 1, name: "", isPython: false))
    for (index, address) in addresses.enumerated() {
      let stack = writer.add(stack: StackNode(parent: root, frame: address))
      writer.append(
        sample: Sample(
          time: Int64(index), weight: 1, thread: thread, stack: stack, cpu: .running, gil: .none,
          source: .userTick, merge: .nativeOnly))
    }
    try writer.flush()
    let known = function("outer", line: 10)
    let line12 = writer.add(frame: Frame(function: known, line: 12, address: 0x1000))
    let line14 = writer.add(frame: Frame(function: known, line: 14, address: 0x1000))
    let inlined = writer.add(
      frame: Frame(function: function("inner", line: 3), line: 4, address: 0x1000, isInlined: true))
    writer.add(expansionOf: addresses[0], parts: [line12])
    writer.add(expansionOf: addresses[1], parts: [line12])
    try writer.flush()
    writer.add(expansionOf: addresses[2], parts: [line14, inlined])
    try writer.close()

    let profile = try RecordingReader.read(path: path)
    #expect(profile.ledger.isComplete)
    try profile.checkConsistency()
    let stacks = profile.samples.map { frames(profile, of: $0) }
    #expect(stacks.map { $0.map(\.line) } == [[0, 12], [0, 12], [0, 14, 4]])
    #expect(stacks[2].map(\.isInlined) == [false, false, true])
    #expect(profile.functions[Int(stacks[0][1].function)].line == 10)
    // Two addresses of one line are one stack now.
    #expect(profile.samples[0].stack == profile.samples[1].stack)
    #expect(profile.stacks.count == 4)
  }

  @Test func aFrameThatWouldMakeAStackTooDeepStaysAsItWas() throws {
    var profile = Profile()
    profile.functions = [Function(kind: .native, name: "f")]
    profile.frames = (0..<3).map { Frame(function: 0, line: $0) }
    profile.stacks = (0..<Int32(FileFormat.deepestStack)).map {
      StackNode(parent: $0 - 1, frame: $0 == FileFormat.deepestStack / 2 ? 0 : 1)
    }
    profile.threads = [Thread(pid: 1, tid: 1, name: "", isPython: false)]
    profile.samples = [
      Sample(
        time: 0, weight: 1, thread: 0, stack: Int32(profile.stacks.count - 1), cpu: .running,
        gil: .none, source: .userTick, merge: .nativeOnly)
    ]
    profile.expandFrames([0: [1, 2], 1: [2, 2]])
    try profile.checkConsistency()
    #expect(frames(profile, of: profile.samples[0]).count == FileFormat.deepestStack)
  }

  @Test(
    arguments: [
      ([9], [1], [0]), ([0], [1], [9]), ([0], [0], []), ([0], [2], [0]), ([0], [1], [0, 0]),
      ([0, 1], [1], [0]), ([0], [33], Array(repeating: 0, count: 33)),
    ] as [([UInt32], [UInt32], [UInt32])])
  func impossibleExpansionsAreRefused(
    frame: [UInt32], count: [UInt32], parts: [UInt32]
  ) throws {
    var chunk = WireChunk()
    chunk.strings = ["f"]
    chunk.functions.append(Function(kind: .native, name: "f"), name: 0, file: 0)
    chunk.frames = WireFrameColumns([Frame(function: 0), Frame(function: 0, line: 1)])
    var expansions = WireExpansionColumns()
    (expansions.frame, expansions.count, expansions.parts) = (frame, count, parts)
    chunk.expansions = expansions
    var builder = ProfileBuilder()
    let isTaken = builder.append(chunk)
    #expect(!isTaken)
    chunk.clearExpansions()
    let isTakenWithout = builder.append(chunk)
    #expect(isTakenWithout)
  }
}
