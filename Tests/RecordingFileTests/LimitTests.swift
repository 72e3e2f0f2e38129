import Foundation
import ProfileModel
import SampleTypes
import Testing

@testable import RecordingFile

/// However much a target has of anything, what is kept of it has an end, and the rest is told of.
@Suite struct LimitTests {
  private let directory: TemporaryDirectory
  private let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file("a.data")
  }

  private func writer(_ change: (inout RecordingLimits) -> Void) throws -> RecordingWriter {
    var limits = RecordingLimits()
    change(&limits)
    return try RecordingWriter(path: path, overwrite: false, limits: limits)
  }

  private func sample(stack: Int32, thread: Int32 = 0, time: Int64 = 0) -> Sample {
    Sample(
      time: time, weight: 10, thread: thread, stack: stack, cpu: .running, gil: .held,
      source: .userTick, merge: .exact)
  }

  private func addThread(to writer: RecordingWriter) -> Int32 {
    writer.add(thread: Thread(pid: 1, tid: 1, name: "main", isPython: true))
  }

  /// The names of a sample's functions, outermost first.
  private func names(_ profile: Profile, _ sample: Sample) -> [String] {
    var names: [String] = []
    var node = sample.stack
    while node >= 0 {
      let stack = profile.stacks[Int(node)]
      names.insert(
        profile.functions[Int(profile.frames[Int(stack.frame)].function)].name, at: 0)
      node = stack.parent
    }
    return names
  }

  @Test func newStacksAreCutBeyondTheLimit() throws {
    let writer = try writer { $0.stacks = 8 }
    let thread = addThread(to: writer)
    let frames = (0..<20).map { index in
      let function = Function(kind: .python, name: "f\(index)")
      return writer.add(frame: Frame(function: writer.add(function: function)))
    }
    for index in 0..<20 {
      var node: Int32 = -1
      // The first two are known when the limit is reached.
      for frame in [0, 1, index, 19 - index] {
        node = writer.add(stack: StackNode(parent: node, frame: frames[frame]))
      }
      writer.append(sample: sample(stack: node, thread: thread, time: Int64(index)))
    }
    try writer.close()
    let profile = try RecordingReader.read(path: path)
    #expect(profile.stacks.count <= 10)
    #expect(names(profile, profile.samples[0]) == ["f0", "f1", "f0", "f19"])
    #expect(names(profile, profile.samples[2]) == ["f0", "f1", "f2", "f17"])
    #expect(
      names(profile, profile.samples[10]) == ["f0", "f1", "[cut: too many different stacks]"])
    #expect(profile.samples.count == 20)
    #expect(profile.ledger.notes == ["17 stacks are cut: 8 different ones are kept"])
  }

  @Test func functionsFramesAndModulesHaveAnEnd() throws {
    let writer = try writer { ($0.functions, $0.frames, $0.modules) = (10, 20, 5) }
    let thread = addThread(to: writer)
    for index in 0..<100 {
      let module = writer.add(module: Module(path: "/lib/\(index).so"))
      let function = writer.add(
        function: Function(kind: .native, name: "f\(index % 50)", module: module))
      for line in 0..<5 {
        let frame = writer.add(frame: Frame(function: function, line: Int32(line + 1)))
        let stack = writer.add(stack: StackNode(parent: -1, frame: frame))
        writer.append(sample: sample(stack: stack, thread: thread, time: Int64(5 * index + line)))
      }
    }
    try writer.close()
    let profile = try RecordingReader.read(path: path)
    #expect(profile.modules.count == 6)
    #expect(profile.functions.count == 11)
    #expect(profile.functions.last?.name == "[one of too many functions]")
    // One more for each function.
    #expect(profile.frames.count <= 31)
    #expect(profile.samples.count == 500)
    #expect(names(profile, profile.samples[0]) == ["f0"])
    #expect(names(profile, profile.samples[499]) == ["[one of too many functions]"])
    #expect(profile.ledger.notes.count == 1)
  }

  /// A file that the reader rejects would be worth nothing.
  @Test func samplesNeverBecomeTooMany() throws {
    let writer = try writer { $0.samples = 10_000 }
    let thread = addThread(to: writer)
    for index in 0..<40_000 {
      writer.append(sample: sample(stack: -1, thread: thread, time: Int64(index)))
    }
    try writer.close()
    let profile = try RecordingReader.read(path: path)
    #expect(profile.samples.count > 5_000 && profile.samples.count < 10_000)
    // The first half is complete, and what follows stands for all that came.
    #expect(profile.samples[..<5_000].allSatisfy { $0.weight == 10 })
    let sum = profile.samples.reduce(0) { $0 + $1.weight }
    #expect(abs(sum - 400_000) < 80_000)
    let last = try #require(profile.samples.last)
    #expect(last.time > 36_000 && last.weight > 100)
    #expect(profile.ledger.notes.contains { $0.contains("a recording holds 10000") })
  }

  @Test func rowsThatWaitForRoomOnTheDiskHaveAnEnd() throws {
    let writer = try writer { $0.pendingRows = 3 }
    let process = writer.add(process: ProcessDescription(pid: 1))
    for index in 0..<10 {
      let thread = writer.add(
        thread: Thread(
          pid: 1, tid: Int32(index), name: "t\(index)", isPython: true, process: process))
      writer.update(thread: thread, name: "renamed \(index)", isPython: true)
      writer.append(sample: sample(stack: -1, thread: thread, time: Int64(index)))
    }
    try writer.flush()
    let late = writer.add(
      thread: Thread(pid: 1, tid: 99, name: "late", isPython: true, process: process))
    writer.append(sample: sample(stack: -1, thread: late, time: 99))
    try writer.close()
    let profile = try RecordingReader.read(path: path)
    #expect(
      profile.threads.map(\.name)
        == ["renamed 0", "renamed 1", "renamed 2", "[other threads]", "late"])
    #expect(profile.samples.count { $0.thread == 3 } == 7)
    #expect(profile.ledger.notes.count == 1)
  }
}
