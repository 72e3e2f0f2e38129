import Foundation
import SampleTypes
import Support
import Testing

@testable import Symbols

struct SymbolTableTests {
  /// One function symbol as readelf(1) prints it.
  private struct Printed {
    var start: UInt64
    var size: UInt64
    var name: String
  }

  /// readelf and we read the same tables with different code.
  @Test(arguments: libraries)
  func namesAreThoseOfReadelf(path: String) throws {
    guard let text = try output(of: ["readelf", "--wide", "--symbols", path]) else { return }
    let printed = functions(text)
    try #require(printed.count > 50)
    let table = SymbolTable([try ElfImage(path: path)])
    let starts = printed.map(\.start)
    let low = try #require(starts.min())
    let high = try #require(starts.max())
    var random = SeededNumbers(seed: 5)
    let anywhere = (0..<1000).map { _ in UInt64.random(in: low..<high + 64, using: &random) }
    let inside = printed.shuffled(using: &random).prefix(1000).map {
      $0.start + UInt64.random(in: 0..<max(1, $0.size), using: &random)
    }
    var named = 0
    for address in anywhere + inside {
      let containing = printed.filter { $0.start <= address && address - $0.start < $0.size }
      guard let symbol = table.symbol(at: address), symbol.isSized else {
        #expect(containing.isEmpty, "\(path) \(String(address, radix: 16)): \(containing)")
        continue
      }
      named += 1
      // Of nested symbols the one that starts last, of aliases any.
      let innermost = containing.map(\.start).max()
      let names = containing.filter { $0.start == innermost }.map(\.name)
      #expect(names.contains(symbol.name), "\(path) \(String(address, radix: 16))")
      #expect(symbol.start == innermost)
    }
    print("\(path): \(named) of 2000 addresses named, all as readelf has them")
  }

  /// `Num: Value Size Type Bind Vis Ndx Name`; names may carry `@VERSION`, which is not theirs.
  private func functions(_ text: String) -> [Printed] {
    var result: [Printed] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 8, words[0].hasSuffix(":"), let start = UInt64(words[1], radix: 16),
        ["FUNC", "IFUNC", "NOTYPE"].contains(words[3]), words[6] != "UND", words[6] != "ABS",
        let size = number(words[2]), size > 0
      else { continue }
      let name = words[7].split(separator: "@").first.map(String.init) ?? ""
      result.append(Printed(start: start, size: size, name: name))
    }
    return result
  }

  private func number(_ text: Substring) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }

  /// Distributions ship what they strip in files of their own.
  @Test(arguments: libraries)
  func separateDebugFilesGiveStaticFunctionsTheirNames(path: String) throws {
    let image = try ElfImage(path: path)
    let map = MemoryMap(parsing: "1000-2000 r-xp 00000000 08:01 1 \(path)")
    let mapping = try #require(map.mappings.first)
    let source = ModuleSource.file(ModuleFile(mapping, processID: nil), nil)
    guard image.section(named: ".symtab") == nil, let debug = source.separateImage(of: image)
    else {
      try Test.cancel("no separate debug file is installed for \(path), or it is not stripped")
    }
    #expect(debug.buildID == image.buildID)
    let alone = SymbolTable([image])
    let together = SymbolTable([image, debug])
    #expect(together.count > alone.count)
    for span in alone.spans.prefix(500) where span.isSized {
      #expect(together.symbol(at: span.start)?.isSized == true)
    }
  }

  @Test func aliasesAreChosenByBindingThenName() throws {
    let source = """
      void __internal_name(void) {}
      void public_name(void) __attribute__((alias("__internal_name")));
      void aweak(void) __attribute__((weak, alias("__internal_name")));
      int data[5] = {1, 2};
      """
    guard let path = try compiled(source) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let table = SymbolTable([try ElfImage(path: path)])
    let function = try #require(table.symbol(named: "aweak"))
    #expect(table.symbol(at: function.address)?.name == "public_name")
    #expect(table.symbol(named: "data")?.size == 20)
    #expect(table.symbol(named: "dat") == nil)
    #expect(table.symbol(named: "") == nil)
  }

  @Test func assemblyLabelsNeverSplitSizedFunctions() throws {
    let source = """
      __asm__(".text\\n.globl sized\\n.type sized,@function\\nsized: nop\\nlabel: nop\\nnop\\n"
              ".size sized,.-sized\\n"
              "bare: nop\\nnop\\n.globl other\\nother: nop\\n.size other,1\\nnop\\n");
      """
    guard let path = try compiled(source) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let table = SymbolTable([try ElfImage(path: path)])
    let start = try #require(table.symbol(named: "sized")).address
    let names = (0..<6).map { table.symbol(at: start + $0)?.name }
    #expect(names == ["sized", "sized", "sized", "bare", "bare", "other"])
    #expect(table.symbol(at: start + 4)?.isSized == false)
    #expect(table.symbol(at: start + 3)?.end == start + 5)
  }
}
