import Foundation
import SampleTypes
import Support
import Testing

@testable import CPython

extension LiveTests {
  /// Images of real interpreters in which a few words are overwritten: nothing may trap, hang or
  /// answer beyond its limits.
  @Suite struct FuzzTests {
    static let iterationsPerInterpreter = 1600

    @Test(arguments: Interpreter.all)
    func noCorruptionTrapsOrHangs(_ interpreter: Interpreter) throws {
      let source = nestProgram.replacingOccurrences(of: "recurse(200", with: "recurse(6")
        .replacingOccurrences(of: "recurse(30", with: "recurse(3")
      let session = try LiveSession(interpreter, source: source)
      defer { session.target.end() }
      let reader = ImageReader(runtime: session.runtime)
      session.memory.recording = FakeMemory()
      let expected = reader.run(memory: &session.memory, withNames: true)
      let image = try #require(session.memory.recording)
      session.target.end()

      var pristine = image
      pristine.isLogging = true
      let replayed = reader.run(memory: &pristine, withNames: false)
      #expect(replayed == expected)
      let stacks = pristine.log
      _ = reader.run(memory: &pristine, withNames: true)
      let everything = pristine.log
      var random = SplitMix(seed: 0x5eed + UInt64(session.runtime.version.minor))
      var changed = 0
      for iteration in 0..<Self.iterationsPerInterpreter {
        var memory = image
        let withNames = iteration % 8 == 0
        for _ in 0...random.below(3) { mutate(&memory, withNames ? everything : stacks, &random) }
        let result = reader.run(memory: &memory, withNames: withNames)
        #expect(result.frames <= result.threads * ThreadReader.frameLimit)
        if result != expected { changed += 1 }
      }
      // The mutations do reach what is read.
      #expect(changed > Self.iterationsPerInterpreter / 6)
    }

    @Test func aCorruptTableOfOffsetsIsRefused() throws {
      let interpreter = try #require(Interpreter.minor(13), "CPython 3.13 is not installed")
      let session = try LiveSession(interpreter, source: LiveLocatorTests.program)
      defer { session.target.end() }
      let bytes = session.memory.bytes(
        at: session.runtime.address, count: DebugOffsets.maximumSize)
      let table = try #require(bytes)
      let measured = try #require(Layout.table(for: session.runtime.version))
      var random = SplitMix(seed: 13)
      for _ in 0..<2000 {
        var corrupt = table
        let position = 24 + 8 * random.below(68)
        let value = random.interestingWord(near: UInt64(table[position]))
        for byte in 0..<8 {
          corrupt[position + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
        }
        let layout = try #require(DebugOffsets(corrupt)?.layout())
        #expect(layout.threadState.sampleSize < 1024)
        #expect(layout.frame.sampleRange.upperBound < 256)
        #expect(layout.code.fingerprintRange.upperBound <= measured.code.lineTable * 2 + 72)
        #expect(layout.interpreter.threadsHead <= measured.interpreter.threadsHead * 2)
      }
    }

    /// Overwrites one word that was read, or a byte of it.
    private func mutate(
      _ memory: inout FakeMemory, _ touched: [AddressRange], _ random: inout SplitMix
    ) {
      let range = touched[random.below(touched.count)]
      let words = max(range.count / 8, 1)
      let address = range.start + 8 * random.below(words)
      if random.below(16) == 0 {
        memory.unmap(address)
        return
      }
      let other = touched[random.below(touched.count)].start
      let values = [random.interestingWord(near: memory.word(at: address) ?? 0), other.rawValue]
      memory.store(values[random.below(2)], at: address)
    }
  }
}

/// Everything that the reader can do with one process.
private struct ImageReader {
  struct Result: Equatable {
    var threads = 0
    var frames = 0
    var text: [String] = []
  }

  let runtime: PythonRuntime

  func run(memory: inout some RemoteMemory, withNames: Bool) -> Result {
    var result = Result()
    _ = runtime.check(memory: &memory)
    _ = runtime.threadsHeadAddresses(memory: &memory)
    let states = runtime.threadStates(memory: &memory).prefix(8)
    result.threads = states.count
    var stack = PythonStack()
    var ranges: [AddressRange] = []
    for state in states {
      _ = runtime.gilStructRange(for: state.interpreter, memory: &memory)
      var reader = ThreadReader(runtime: runtime, threadState: state)
      for _ in 0..<2 { _ = reader.read(memory: &memory, into: &stack) }
      reader.prefetchRanges(into: &ranges)
      let words = stack.activations.map(\.key.rawValue)
      _ = reader.recover(
        registers: words, activations: 0, frames: 0, memory: &memory, into: &stack)
      result.frames += stack.frames.count
      for frame in stack.frames.prefix(6) {
        let raw = RawCodeObject.capture(at: frame.code, runtime: runtime, memory: &memory)
        guard let code = raw?.decode() else { continue }
        let line = code.line(atByteOffset: frame.instructionOffset) ?? -1
        result.text.append("\(code.qualifiedName) \(code.fileName):\(line)")
      }
    }
    if withNames {
      var names = ThreadNames(runtime: runtime)
      _ = names.read(memory: &memory)
    }
    return result
  }
}

/// A small seeded generator (Steele, Lea, Flood 2014), so that a failure can be repeated.
struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  /// Values at which careless arithmetic goes wrong.
  mutating func interestingWord(near value: UInt64) -> UInt64 {
    switch below(8) {
    case 0: next()
    case 1: 0
    case 2: .max - UInt64(below(16))
    case 3: UInt64(Int64.max) - UInt64(below(16))
    case 4: 1 << 63
    case 5: value &+ 8 &* UInt64(below(64)) &- 256
    case 6: value ^ 1 << UInt64(below(64))
    default: UInt64(below(4096))
    }
  }
}
