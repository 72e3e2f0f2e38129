import CPython
import Foundation
import Support
import Testing

/// Tables that real compilers wrote, with the lines that `PyCode_Addr2Line` of the same
/// interpreter gives.
@Suite struct LineTableTests {
  struct Vector: Decodable {
    var version: String
    var name: String
    var firstLine: Int32
    var table: String
    /// [start, end, line], -1 for no line.
    var runs: [[Int32]]

    var minor: Int { Int(version.split(separator: ".")[1])! }
    var bytes: [UInt8] {
      let digits = Array(table)
      return stride(from: 0, to: digits.count, by: 2).map {
        UInt8(String(digits[$0...$0 + 1]), radix: 16)!
      }
    }
  }

  static func vectors() throws -> [Vector] {
    let url = URL(fileURLWithPath: repositoryRoot + "/Tests/Fixtures/linetable-vectors.json")
    return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: url))
  }

  @Test func everyOffsetOfEveryVectorHasTheInterpretersLine() throws {
    var checked: [String: Int] = [:]
    for vector in try Self.vectors() {
      let table = LineTable(encoding: .init(minor: vector.minor), bytes: vector.bytes)
      for run in vector.runs {
        for offset in run[0]..<run[1] {
          let line = table.line(atByteOffset: offset, firstLine: vector.firstLine)
          #expect(line ?? -1 == run[2], "\(vector.version) \(vector.name) at \(offset)")
          checked[vector.version, default: 0] += 1
        }
      }
    }
    #expect(checked.count == 10)
    let isThorough = checked.values.allSatisfy { $0 > 1500 }
    #expect(isThorough, "\(checked)")
  }

  @Test(arguments: LineTable.Encoding.allCases)
  func everyPrefixOfATableEndsWithoutATrap(_ encoding: LineTable.Encoding) throws {
    for vector in try Self.vectors() where LineTable.Encoding(minor: vector.minor) == encoding {
      let bytes = vector.bytes
      for count in 0...bytes.count {
        let table = LineTable(encoding: encoding, bytes: Array(bytes.prefix(count)))
        let line = table.line(atByteOffset: 1 << 20, firstLine: .max)
        if encoding != .lineDeltas { #expect(line == nil) }
      }
    }
  }

  @Test func aSignedNumberLongerThanItsTypeWrapsAround() {
    // Form 13 (line delta only) with nine continuation bytes.
    let bytes: [UInt8] = [0x80 | 13 << 3] + Array(repeating: 0x7f, count: 9)
    let table = LineTable(encoding: .locations, bytes: bytes)
    #expect(table.line(atByteOffset: 0, firstLine: 1) != nil)
    #expect(table.line(atByteOffset: 2, firstLine: 1) == nil)
  }
}
