import Foundation
import SampleTypes
import Support
import Testing

@testable import CPython

/// Images of interpreters in which words are overwritten and pages missing: nothing may trap, hang or
/// read without bound, and what is wrong must be marked as far as that can be known.
///
/// `HYFLAME_FUZZ_FACTOR=20` makes twenty times as many mutated images.
@Suite(.serialized) struct FuzzTests {
  static let factor =
    ProcessInfo.processInfo.environment["HYFLAME_FUZZ_FACTOR"].flatMap { Int($0) } ?? 1
  /// For each of the eleven layouts: 132,000 images together.
  static let imagesPerLayout = 12_000 * factor
  static let imagesPerInterpreter = 2_000 * factor

  /// Every layout there is, on processes made by hand.
  @Test(
    arguments: Layout.tables.map { LayoutName(minor: $0.minor, isFreeThreaded: $0.isFreeThreaded) })
  func everyLayout(_ name: LayoutName) throws {
    let python = FakePython.process(minor: name.minor, freeThreaded: name.isFreeThreaded)
    let fuzz = try ReaderFuzz(
      runtime: python.runtime, pages: python.memory.pages, seed: UInt64(name.minor))
    #expect(fuzz.frameCount == 7 && fuzz.threadNameCount == 1 && fuzz.taskCount == 1)
    fuzz.run(Self.imagesPerLayout)
    fuzz.expectGoodTally("\(name)")
  }

  struct LayoutName: Sendable, CustomStringConvertible {
    var minor: Int
    var isFreeThreaded: Bool
    var description: String { "3.\(minor)\(isFreeThreaded ? "t" : "")" }
  }
}

extension LiveTests {
  /// The same on copies of real interpreters' memory.
  @Suite struct LiveFuzzTests {
    @Test(arguments: Interpreter.all)
    func everyInterpreter(_ interpreter: Interpreter) throws {
      let source = nestProgram.replacingOccurrences(of: "recurse(200", with: "recurse(6")
        .replacingOccurrences(of: "recurse(30", with: "recurse(3")
      let session = try LiveSession(interpreter, source: source)
      defer { session.target.end() }
      session.memory.recording = FakeMemory()
      ReaderFuzz.readEverything(of: session.runtime, memory: &session.memory)
      let image = try #require(session.memory.recording)
      session.target.end()
      let fuzz = try ReaderFuzz(
        runtime: session.runtime, pages: image.pages, seed: UInt64(session.runtime.version.minor))
      #expect(fuzz.frameCount >= 15 && fuzz.threadNameCount >= 3)
      fuzz.run(FuzzTests.imagesPerInterpreter)
      fuzz.expectGoodTally("\(interpreter)")
    }
  }
}
