import Foundation
import SampleTypes
import Support
import Testing

@testable import Symbols

struct ColdPartTests {
  /// Branches into code that calls a cold function, which gcc puts into `work.cold`.
  private static let source = """
    __attribute__((cold, noinline)) void fail(int code) { __asm__ volatile("" :: "r"(code)); }
    __attribute__((noinline)) int other(int a) { __asm__ volatile("" : "+r"(a)); return a; }
    int work(volatile int *values) {
      int sum = 0;
      \((0..<12).map { "if (values[\($0)] < \($0)) { fail(\($0)); sum ^= values[3] * \($0 + 2); }" }
        .joined(separator: "\n  "))
      return other(sum);
    }
    int warm(volatile int *values) { return values[0] ? other(values[1]) : other(values[2]) + 1; }
    """

  @Test func itIsFoundWithoutItsSymbol() throws {
    guard let path = try compiled(Self.source, ["-O2", "-freorder-blocks-and-partition"]) else {
      return
    }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let named = SymbolTable([try ElfImage(path: path)])
    let cold = try #require(named.symbol(named: "work.cold")).address
    #expect(try coldPart(of: "work", in: path) == nil)
    guard try output(of: ["strip", path]) != nil else { return }
    #expect(try coldPart(of: "work", in: path)?.start == cold)
    #expect(try coldPart(of: "warm", in: path) == nil)
  }

  /// Debian's interpreters are optimised with a profile, and stripped.
  @Test(arguments: stripped)
  func theEvalLoopOfAStrippedInterpreterHasOne(path: String) throws {
    let range = try #require(try coldPart(of: "_PyEval_EvalFrameDefault", in: path))
    #expect(range.end - range.start > 4096)
  }

  private static let stripped = ["/usr/bin/python3.11"].filter(
    FileManager.default.fileExists(atPath:))

  private func coldPart(of name: String, in path: String) throws -> FrameDescriptions.Range? {
    let image = try ElfImage(path: path)
    let symbols = SymbolTable([image])
    let symbol = try #require(symbols.symbol(named: name))
    return ColdPart.range(
      of: symbol.address..<symbol.address + symbol.size, in: image,
      callFrameInfo: CallFrameInfo(image)
    ) { symbols.span(at: $0)?.isSized == true }
  }
}
