import Foundation
import Support
import Testing

@testable import Symbols

struct SourceLinesTests {
  private static let source = """
    static volatile double sink;
    static inline __attribute__((always_inline)) double innermost(double x) {
      for (int i = 0; i < 50; i++)
        x = x * 1.0000001 + 0.5;
      return x;
    }
    static inline __attribute__((always_inline)) double middle(double x) {
      double y = 1;
      y += innermost(x);
      return y;
    }
    __attribute__((noinline)) double outer(double x) {
      double z = 0;
      for (int i = 0; i < 1000; i++)
        z += middle(x + i);
      return z;
    }
    void run(void) { for (int i = 0; i < 10; i++) sink = outer(i); }
    """

  @Test(arguments: [["-g"], ["-g", "-gdwarf-4"], ["-g", "-gz=zlib"]])
  func inlinedCallsHaveTheLinesOfTheirCalls(flags: [String]) throws {
    guard let path = try compiled(Self.source, flags + ["-O2"]) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let image = try ElfImage(path: path)
    let lines = try #require(SourceLines(image))
    let outer = try #require(SymbolTable([image]).symbol(named: "outer"))
    let stacks = Set(
      (outer.address..<outer.address + outer.size).map { lines.frames(at: $0, inlined: true) })
    let deepest = try #require(stacks.max { $0.count < $1.count })
    #expect(deepest.map(\.name) == [nil, "middle", "innermost"])
    #expect(deepest.map(\.definitionLine) == [12, 7, 2])
    #expect(deepest[0].line == 15 && deepest[1].line == 9)
    #expect(stacks.contains { $0.count == 3 && [3, 4].contains($0[2].line) })
    #expect(deepest.allSatisfy { $0.file.hasSuffix(".c") })
    let plain = (outer.address..<outer.address + outer.size).map {
      lines.frames(at: $0, inlined: false)
    }
    #expect(plain.allSatisfy { $0.count == 1 && (12...17).contains($0[0].line) })
    #expect(lines.frames(at: 1, inlined: true).isEmpty)
    #expect(lines.frames(at: .max, inlined: true).isEmpty)
  }

  /// addr2line reads the same DWARF with other code.
  @Test(arguments: libraries)
  func realFilesAreReadAsByAddr2line(path: String) throws {
    var image = try ElfImage(path: path)
    if !image.hasDebugInformation {
      guard let debug = DebugFiles(roots: [""], path: path).separateImage(of: image),
        debug.hasDebugInformation
      else { try Test.cancel("no DWARF for \(path)") }
      image = debug
    }
    let lines = try #require(SourceLines(image))
    let table = SymbolTable([image])
    var random = SeededNumbers(seed: 11)
    let addresses = (0..<400).map { _ in
      let span = table.spans[Int(random.next() % UInt64(table.spans.count))]
      return span.start + random.next() % (span.end - span.start)
    }
    let file = try #require(image.openFile)
    let link = "/proc/\(getpid())/fd/\(file.descriptor)"
    let arguments = ["addr2line", "-a", "-i", "-e", link] + addresses.map { String($0, radix: 16) }
    guard let text = try output(of: arguments) else { return }
    let blocks = text.components(separatedBy: "0x").dropFirst().map {
      $0.split(separator: "\n").dropFirst().map(place)
    }
    try #require(blocks.count == addresses.count)
    var equal = 0
    var known = 0
    for (address, expected) in zip(addresses, blocks) {
      let frames = lines.frames(at: address, inlined: true)
      guard expected != ["?"] else { continue }
      known += 1
      if frames.reversed().map({ "\($0.line)" }) == expected { equal += 1 }
    }
    print("\(path): \(equal) of \(known) addresses have the lines of addr2line")
    #expect(known > 100 && equal * 100 >= known * 97)
  }

  /// `dir/file.c:12 (discriminator 3)` → `12`.
  private func place(_ line: Substring) -> String {
    let number = line.split(separator: ":").last?.split(separator: " ").first ?? "?"
    return String(number)
  }

  @Test func damagedDebugInformationIsSurvived() throws {
    guard let path = try compiled(Self.source, ["-g", "-O2"]) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let sections = try ElfImage(path: path).sections.filter { $0.name.hasPrefix(".debug_") }
    var random = SeededNumbers(seed: 5)
    var answered = 0
    for _ in 0..<1500 {
      var bytes = whole
      for _ in 0...random.next() % 8 {
        let section = sections[Int(random.next() % UInt64(sections.count))]
        let index = Int(section.fileOffset + random.next() % max(1, section.size))
        bytes[index] = UInt8(truncatingIfNeeded: random.next())
      }
      guard let image = try? ElfImage(bytes: bytes), let lines = SourceLines(image) else {
        continue
      }
      for address in stride(from: UInt64(0x1000), to: 0x1200, by: 31) {
        if !lines.frames(at: address, inlined: true).isEmpty { answered += 1 }
      }
    }
    print("\(answered) answers from damaged DWARF")
    #expect(answered > 100)
  }
}
