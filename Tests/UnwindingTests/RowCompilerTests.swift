import Foundation
import Support
import Symbols
import Testing

@testable import Unwinding

struct RowCompilerTests {
  private static let library = "/lib/x86_64-linux-gnu/libc.so.6"

  /// libdw 0.188 gives rbx as undefined where a file says nothing: every such row must keep it.
  @Test func calleeSavedRegistersSurviveByDefault() throws {
    guard let image = try? ElfImage(path: Self.library) else {
      try Test.cancel("no \(Self.library)")
    }
    let information = CallFrameInfo(image)
    let text = try #require(image.section(named: ".text"))
    var rows = 0
    for address in stride(from: text.address, to: text.end, by: 997) {
      guard case .plain(let rule)? = RowCompiler.row(at: address, in: information)?.rule
      else { continue }
      rows += 1
      for slot in [rule.rbx, rule.rbp, rule.r12, rule.r13, rule.r14, rule.r15] {
        #expect(slot == UnwindRule.same || (slot <= -16 && slot % 8 == 0))
      }
    }
    #expect(rows > 500)
  }

  @Test func realStubsAndTrampolinesNeedExpressions() throws {
    guard let image = try? ElfImage(path: Self.library) else { return }
    let information = CallFrameInfo(image)
    let stubs = try #require(image.section(named: ".plt"))
    guard
      case .expression(let row)? = RowCompiler.row(at: stubs.address + 16, in: information)?.rule,
      case .expression(let operations) = row.cfa
    else {
      Issue.record("the PLT has a plain row")
      return
    }
    #expect(operations.count == 9 && row.registers[3] == .same && !row.isSignalFrame)
  }

  /// The unwind rows of a corrupt file are read without a trap and without end.
  @Test func corruptRowsAreSurvived() throws {
    guard let image = try? ElfImage(path: "/lib/x86_64-linux-gnu/libz.so.1"),
      let section = image.section(named: ".eh_frame"), let text = image.section(named: ".text")
    else {
      try Test.cancel("no libz")
    }
    let file = URL(fileURLWithPath: "/lib/x86_64-linux-gnu/libz.so.1")
    let whole = [UInt8](try Data(contentsOf: file))
    var rows = 0
    var random = SeededNumbers(seed: 13)
    for _ in 0..<200 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...400, using: &random) {
        let place = Int.random(in: 0..<Int(section.size), using: &random)
        bytes[Int(section.fileOffset) + place] = .random(in: .min ... .max, using: &random)
      }
      let information = CallFrameInfo(try ElfImage(bytes: bytes))
      for address in stride(from: text.address, to: text.end, by: 509) {
        if RowCompiler.row(at: address, in: information) != nil { rows += 1 }
      }
    }
    #expect(rows > 0)
    print("\(rows) rows of 200 corrupt copies of libz compiled")
  }
}
