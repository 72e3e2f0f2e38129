import Foundation
import Testing

@testable import Symbols

struct CallFrameRowTests {
  /// readelf interprets the same programs with other code.
  @Test(arguments: libraries)
  func rowsAreThoseOfReadelf(path: String) throws {
    guard let text = try output(of: ["readelf", "--wide", "--debug-dump=frames-interp", path])
    else { return }
    let image = try ElfImage(path: path)
    let information = CallFrameInfo(image)
    guard let section = text.range(of: "Contents of the .eh_frame section") else { return }
    var columns: [Substring] = []
    var end: UInt64 = 0
    var rows: [(start: UInt64, words: [Substring])] = []
    var compared = 0
    func finish() {
      for (index, row) in rows.enumerated() {
        let rowEnd = index + 1 < rows.count ? rows[index + 1].start : end
        // A row that is replaced at once has no address.
        guard row.start < rowEnd else { continue }
        for address in [row.start, rowEnd - 1] {
          let found = information.row(at: address)
          #expect(found.map { spelled($0, columns) } == row.words.map(String.init), "\(row)")
        }
        compared += 1
      }
      rows = []
    }
    // `r9 (r9)` for a register.
    let plain = text[section.upperBound...].replacing(#/r\d+ \((\w+)\)/#) { $0.1 }
    for line in plain.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.contains("FDE") || words.contains("CIE") {
        finish()
        columns = []
        let range = words.last?.dropFirst(3).components(separatedBy: "..") ?? []
        end = words.contains("FDE") && range.count == 2 ? UInt64(range[1], radix: 16) ?? 0 : 0
      } else if words.first == "LOC" {
        columns = Array(words.dropFirst(2))
      } else if end > 0, words.count == columns.count + 2,
        let start = UInt64(words[0], radix: 16)
      {
        rows.append((start, Array(words.dropFirst())))
      }
    }
    finish()
    print("\(path): \(compared) rows as readelf has them")
    #expect(compared > 200)
  }

  private static let names = [
    "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15", "ra",
  ]

  /// As readelf writes a row: the CFA, then each register that has a column.
  private func spelled(_ row: CallFrameRow, _ columns: [Substring]) -> [String] {
    let cfa =
      switch row.cfa {
      case .register(let number, let offset): "\(Self.names[Int(number)])\(signed(offset))"
      case .expression: "exp"
      }
    return [cfa]
      + columns.map { column in
        guard let number = Self.names.firstIndex(of: String(column)) else { return "?" }
        return switch row.registers[number] {
        case .unspecified, .undefined: "u"
        case .same: "s"
        case .atCFA(let offset): "c\(signed(offset))"
        case .isCFA(let offset): "v\(signed(offset))"
        case .register(let other): Self.names[Int(other)]
        case .atExpression: "exp"
        case .isExpression: "vexp"
        }
      }
  }

  private func signed(_ offset: Int64) -> String { offset < 0 ? "\(offset)" : "+\(offset)" }

  @Test func codeThatOnlyDebugFrameDescribesHasRows() throws {
    let source = "int f(int a) { volatile int b[40]; b[a] = 3; return b[a / 2]; }"
    let flags = ["-g", "-fno-asynchronous-unwind-tables", "-fno-exceptions"]
    guard let path = try compiled(source, flags) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let image = try ElfImage(path: path)
    let function = try #require(SymbolTable([image]).symbol(named: "f"))
    #expect(FrameDescriptions(image)?.row(at: function.address) == nil)
    let row = try #require(CallFrameInfo(image).row(at: function.address))
    #expect(row.cfa == .register(7, offset: 8) && row.registers[16] == .atCFA(-8))
  }
}
