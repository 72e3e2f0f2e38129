import Foundation
import SampleTypes
import Support
import Testing

@testable import Symbols

struct PltStubTests {
  private static let source = """
    #include <stdlib.h>
    #include <string.h>
    #include <stdio.h>
    extern int elsewhere(int) __attribute__((weak));
    int user(const char *text) {
      int (*taken)(const char *) = atoi;
      return (int)strlen(text) + abs(taken(text)) + puts(text) + elsewhere(3) + elsewhere(4);
    }
    """

  /// objdump makes up the same names, by code of its own.
  @Test(arguments: [
    [], ["-fcf-protection=full", "-Wl,-z,ibtplt"], ["-Wl,-z,now"], ["-fno-plt"],
    ["-Wl,-z,lazy", "-fcf-protection=none"],
  ])
  func compiledStubsAreNamedAsByObjdump(flags: [String]) throws {
    guard let path = try compiled(Self.source, flags) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    try compare(path, atLeast: flags == ["-fno-plt"] ? 0 : 3)
  }

  @Test(arguments: libraries)
  func stubsOfRealFilesAreNamedAsByObjdump(path: String) throws { try compare(path, atLeast: 0) }

  private func compare(_ path: String, atLeast: Int) throws {
    guard
      let text = try output(of: [
        "objdump", "-d", "-j", ".plt", "-j", ".plt.got", "-j", ".plt.sec", path,
      ])
    else { return }
    let image = try ElfImage(path: path)
    let stubs = PltStubs(image)
    var compared = 0
    for line in text.split(separator: "\n") where line.hasSuffix(">:") {
      guard let blank = line.firstIndex(of: " "), let address = UInt64(line[..<blank], radix: 16)
      else { continue }
      let label = line[line.index(blank, offsetBy: 2)...].dropLast(2)
      // Bare labels are sections; `*ABS*+0x…` are addresses that the dynamic linker computes.
      guard label.hasSuffix("@plt"), !label.hasPrefix("*ABS*") else { continue }
      let symbol = label.dropLast(4).split(separator: "@").first.map(String.init) ?? ""
      for inside in [0, 4, 7] as [UInt64] {
        let function = stubs?.function(at: address + inside)
        #expect(function?.name == demangled(symbol) + "@plt", "\(path) \(label)")
        #expect(function?.start == address)
      }
      compared += 1
    }
    print("\(path): \(compared) stubs named as by objdump")
    #expect(compared >= atLeast)
  }

  @Test func damagedTablesAreSurvived() throws {
    guard let path = try compiled(Self.source) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var random = SeededNumbers(seed: 3)
    for _ in 0..<500 {
      var bytes = whole
      for _ in 0..<20 {
        bytes[Int.random(in: 64..<bytes.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      guard let image = try? ElfImage(bytes: bytes), let stubs = PltStubs(image) else { continue }
      for address in stride(from: UInt64(0x1000), to: 0x1100, by: 5) {
        _ = stubs.function(at: address)
      }
    }
  }
}
