import Support
import Testing

@testable import Symbols

struct JitFileTests {
  private func parsed(
    _ format: JitFileParser.Format, _ bytes: [UInt8], pieces: Int = 1
  ) -> JitSymbols {
    var symbols = JitSymbols()
    var parser = JitFileParser(format: format)
    let size = max(1, (bytes.count + pieces - 1) / pieces)
    for start in stride(from: 0, to: bytes.count, by: size) {
      parser.parse(Array(bytes[start..<min(start + size, bytes.count)]), into: &symbols)
    }
    return symbols
  }

  @Test(arguments: [1, 3, 7, 1000])
  func linesOfAPerfMap(pieces: Int) {
    let text = """
      7f0000001000 10 py::main:/app/main.py
      7f0000002000 1a0 numba fn(int64, int64)
      not a line
      7f0000003000 zz broken
      7f0000004000 0 empty
      fffffffffffffff0 100 wraps
      7f0000001000 20 py::again:/app/main.py
      7f0000009000 10 no end of line
      """
    var symbols = parsed(.perfMap, Array(text.utf8), pieces: pieces)
    #expect(symbols.symbol(at: 0x7f00_0000_101f)?.name == "py::again:/app/main.py")
    #expect(symbols.symbol(at: 0x7f00_0000_1020) == nil)
    #expect(symbols.symbol(at: 0x7f00_0000_219f)?.name == "numba fn(int64, int64)")
    #expect(symbols.symbol(at: 0x7f00_0000_219f)?.start == 0x7f00_0000_2000)
    let others: [UInt64] = [
      0x7f00_0000_0fff, 0x7f00_0000_3000, 0x7f00_0000_4000, .max, 0x7f00_0000_9000,
    ]
    for address in others {
      #expect(symbols.symbol(at: address) == nil)
    }
  }

  /// Names of code that moved are one text; what finds no room is counted.
  @Test func aFullTableIsToldOf() {
    var symbols = JitSymbols()
    var parser = JitFileParser(format: .perfMap)
    var text: [UInt8] = []
    for index in 0..<(1 << 19) + 10 { text += "\(String(index * 16, radix: 16)) 8 n\n".utf8 }
    parser.parse(text, into: &symbols)
    #expect(symbols.omitted == 10)
    #expect(symbols.symbol(at: 0x17)?.name == "n")
  }

  private func words(_ values: UInt64...) -> [UInt8] {
    values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) } }
  }

  private func record(_ kind: UInt32, _ body: [UInt8]) -> [UInt8] {
    words(UInt64(kind) | UInt64(16 + body.count) << 32, 12345) + body
  }

  private var dump: [UInt8] {
    words(1 << 32 | 0x4a69_5444, 62 << 32 | 40, 4242 << 32, 0, 0)
      + record(4, words(64, 8, 64) + Array(repeating: 7, count: 64))
      + record(
        0,
        words(0, 0x5000, 0x5000, 0x30, 1) + Array("jitted\0".utf8)
          + Array(repeating: 0x90, count: 0x30)
      )
      + record(1, words(0, 0x5000, 0x5000, 0x8000, 0x40, 1)) + record(3, [])
  }

  @Test(arguments: [1, 2, 5, 400])
  func recordsOfAJitDump(pieces: Int) {
    var symbols = parsed(.jitDump, dump, pieces: pieces)
    #expect(symbols.symbol(at: 0x502f)?.name == "jitted")
    #expect(symbols.symbol(at: 0x803f)?.name == "jitted")
    #expect(symbols.symbol(at: 0x8040) == nil)
  }

  @Test func whateverAFileHoldsReadingItEnds() {
    var random = SeededNumbers(seed: 9)
    for round in 0..<4000 {
      var bytes = dump
      for _ in 0...random.next() % 6 {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      if round % 2 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
      var symbols = parsed(round % 3 == 0 ? .perfMap : .jitDump, bytes, pieces: 3)
      _ = symbols.symbol(at: 0x5000)
    }
    var parser = JitFileParser(format: .perfMap)
    var symbols = JitSymbols()
    for _ in 0..<64 { parser.parse([UInt8](repeating: 65, count: 1 << 20), into: &symbols) }
    #expect(symbols.isEmpty)
  }
}
