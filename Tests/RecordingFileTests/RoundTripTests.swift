import Foundation
import ProfileModel
import RecordingFile
import SampleTypes
import Support
import Testing

@Suite struct RoundTripTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test(arguments: [1, 7, 100, Int.max])
  func everythingComesBack(samplesPerFlush: Int) throws {
    let profile = exampleProfile()
    let path = directory.file("a.data")
    try write(profile, to: path, samplesPerFlush: samplesPerFlush)
    expectEqual(try RecordingReader.read(path: path), profile)
  }

  @Test func tablesGrowBetweenFlushes() throws {
    let path = directory.file("a.data")
    let writer = try RecordingWriter(path: path, overwrite: false)
    var expected = exampleProfile()
    expected.samples = []
    expected.threads = []
    expected.stacks = []
    expected.frames = []
    writer.add(tablesOf: expected)
    for round in 0..<5 {
      expected.threads.append(Thread(pid: 1, tid: Int32(round), name: "", isPython: false))
      #expect(writer.add(thread: expected.threads[round]) == Int32(round))
      let frame = Frame(function: 0, line: Int32(round), address: UInt64(round) << 40)
      expected.frames.append(frame)
      #expect(writer.add(frame: frame) == Int32(round))
      let stack = StackNode(parent: Int32(round) - 1, frame: Int32(round))
      expected.stacks.append(stack)
      #expect(writer.add(stack: stack) == Int32(round))
      let sample = Sample(
        time: Int64(round), weight: 5, thread: Int32(round), stack: Int32(round), cpu: .running,
        gil: .held, source: .userTick, merge: .exact)
      expected.samples.append(sample)
      writer.append(sample: sample)
      try writer.flush()
      writer.update(thread: Int32(round), name: "worker \(round)", isPython: true)
      expected.threads[round].name = "worker \(round)"
      expected.threads[round].isPython = true
    }
    try writer.close()
    expectEqual(try RecordingReader.read(path: path), expected)
  }

  @Test func equalFactsGetEqualIndexes() throws {
    let writer = try RecordingWriter(path: directory.file("a.data"), overwrite: false)
    let module = Module(path: "/lib/a.so")
    #expect(writer.add(module: module) == 0)
    #expect(writer.add(module: Module(path: "/lib/b.so")) == 1)
    #expect(writer.add(module: module) == 0)
    let function = Function(kind: .native, name: "f", module: 1)
    #expect(writer.add(function: function) == 0)
    #expect(writer.add(function: function) == 0)
    #expect(writer.add(frame: Frame(function: 0, line: 1)) == 0)
    #expect(writer.add(frame: Frame(function: 0, line: 2)) == 1)
    #expect(writer.add(frame: Frame(function: 0, line: 1)) == 0)
    let node = StackNode(parent: -1, frame: 1)
    #expect(writer.add(stack: node) == 0)
    #expect(writer.add(stack: node) == 0)
    let thread = Thread(pid: 1, tid: 1, name: "t", isPython: false)
    #expect(writer.add(thread: thread) == 0)
    #expect(writer.add(thread: thread) == 1)
  }

  @Test func aStackDeeperThanTheFormatAllowsKeepsItsOutermostFrames() throws {
    let path = directory.file("a.data")
    let writer = try RecordingWriter(path: path, overwrite: false)
    _ = writer.add(function: Function(kind: .python, name: "f"))
    _ = writer.add(frame: Frame(function: 0))
    _ = writer.add(thread: Thread(pid: 1, tid: 1, name: "", isPython: true))
    var innermost: Int32 = -1
    for _ in 0..<20_000 { innermost = writer.add(stack: StackNode(parent: innermost, frame: 0)) }
    #expect(innermost == 16_383)
    writer.append(
      sample: Sample(
        time: 0, weight: 1, thread: 0, stack: innermost, cpu: .running, gil: .held,
        source: .userTick, merge: .exact))
    try writer.close()
    #expect(try RecordingReader.read(path: path).stacks.count == 16_384)
  }

  @Test func moreSamplesThanAChunkHolds() throws {
    let path = directory.file("a.data")
    var profile = exampleProfile()
    let sample = profile.samples[10]
    profile.samples = (0..<150_000).map { number in
      var next = sample
      next.time = Int64(number) * 1000
      return next
    }
    try write(profile, to: path)
    expectEqual(try RecordingReader.read(path: path), profile)
  }

  @Test func aFullMinuteAtOneKilohertzTakesAtMostSixteenBytesASample() throws {
    let path = directory.file("a.data")
    let profile = minuteOfSamples()
    try write(profile, to: path, samplesPerFlush: 1000)
    let size = try bytes(of: path).count
    let perSample = Double(size) / Double(profile.samples.count)
    print("recording: \(perSample) bytes a sample, names included")
    #expect(perSample <= 16)
    expectEqual(try RecordingReader.read(path: path), profile)
  }

  /// Prints how long it takes; `swift test -c release -Xswiftc -enable-testing` gives the figure.
  @Test func aMillionSamples() throws {
    let path = directory.file("a.data")
    var profile = minuteOfSamples()
    let minute = profile.samples
    profile.samples = (0..<1_000_000).map { index in
      var sample = minute[index % minute.count]
      sample.time = Int64(index) * 1_000_123
      return sample
    }
    let clock = ContinuousClock()
    let writing = try clock.measure { try write(profile, to: path, samplesPerFlush: 1000) }
    var read = Profile()
    let reading = try clock.measure { read = try RecordingReader.read(path: path) }
    print("recording: 1,000,000 samples written in \(writing), read in \(reading)")
    expectEqual(read, profile)
    // Work that grows with the square of the number of chunks took 12 s even in a release build.
    #expect(reading < .seconds(8))
  }
}

/// 60 s at 1 kHz on two threads with jittered ticks, as many distinct names, frames and stacks as a
/// scikit-learn program shows, and a hot part that most samples hit.
private func minuteOfSamples() -> Profile {
  var generator = SeededNumbers(seed: 7)
  var profile = exampleProfile()
  profile.samples = []
  for index in 0..<3000 {
    let name = "\(index)_sklearn_tree_splitter_node_split_best_\(generator.next() % 1000)"
    profile.functions.append(
      Function(kind: .native, name: name, file: "/src/module\(index % 90).py", line: 3, module: 0))
  }
  for index in 0..<6000 {
    profile.frames.append(
      Frame(
        function: Int32(index % profile.functions.count), line: Int32(index % 300),
        address: generator.next() % (1 << 22)))
  }
  var seen = Set(profile.stacks)
  while profile.stacks.count < 12_000 {
    let parent = Int32(profile.stacks.count) - 1 - Int32(generator.next() % 40)
    let node = StackNode(
      parent: max(parent, -1), frame: Int32(generator.next() % UInt64(profile.frames.count)))
    if seen.insert(node).inserted { profile.stacks.append(node) }
  }
  var time: Int64 = 0
  for index in 0..<120_000 {
    time += 500_000 + Int64(generator.next() % 200_000) - 100_000
    let isHot = generator.next() % 10 < 8
    let stack = generator.next() % (isHot ? 500 : UInt64(profile.stacks.count))
    profile.samples.append(
      Sample(
        time: time, weight: 1_000_000, thread: Int32(index % 2), stack: Int32(stack),
        cpu: .running, gil: GilState(rawValue: UInt8(generator.next() % 4))!, source: .userTick,
        merge: generator.next() % 50 == 0 ? .partial : .exact))
  }
  return profile
}
