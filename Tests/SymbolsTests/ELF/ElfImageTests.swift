import Foundation
import Support
import Testing

@testable import Symbols

struct ElfImageTests {
  @Test(arguments: libraries)
  func buildIDIsThatOfReadelf(path: String) throws {
    guard let text = try output(of: ["readelf", "--notes", path]) else { return }
    let expected = text.split(separator: "\n").first { $0.contains("Build ID: ") }?
      .split(separator: " ").last
    #expect(try ElfImage(path: path).buildID == expected.map(String.init))
  }

  @Test(arguments: libraries)
  func addressesAndOffsetsAreInverse(path: String) throws {
    let layout = try ElfImage(path: path).layout
    var random = SeededNumbers(seed: 3)
    for segment in layout.segments where segment.fileSize > 0 {
      let inside = UInt64.random(in: 0..<segment.fileSize, using: &random)
      let offset = layout.fileOffset(ofLinkAddress: segment.address + inside)
      #expect(offset?.offset == segment.fileOffset + inside)
      #expect(
        layout.linkAddress(ofFileOffset: segment.fileOffset + inside) == segment.address + inside)
    }
    #expect(layout.fileOffset(ofLinkAddress: .max) == nil)
  }

  @Test func whatIsNoELFFileIsRefused() {
    #expect(throws: ElfError.cannotOpen(errno: ENOENT)) { try ElfImage(path: "/no/such/file") }
    #expect(throws: ElfError.notELF) { try ElfImage(path: "/dev/null") }
    #expect(throws: ElfError.notELF) { try ElfImage(path: "/etc/passwd") }
    #expect(throws: ElfError.notELF) { try ElfImage(bytes: []) }
  }

  /// Whatever a file holds, reading it ends, and ends without a trap.
  @Test func corruptFilesAreSurvived() throws {
    let source = "int f(int a) { return a ? f(a - 1) + 1 : 0; } int g(void) { return f(3); }"
    guard let path = try compiled(source) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var random = SeededNumbers(seed: 12)
    var opened = 0
    for round in 0..<2000 {
      var bytes = whole
      if round % 4 == 0 { bytes.removeLast(.random(in: 1..<bytes.count, using: &random)) }
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        bytes[index] = .random(in: .min ... .max, using: &random)
      }
      // Headers are what most of the code depends on.
      if round % 3 == 0, bytes.count > 64 {
        bytes[.random(in: 16..<64, using: &random)] = .random(in: .min ... .max, using: &random)
      }
      guard let image = try? ElfImage(bytes: bytes) else { continue }
      opened += 1
      examine(image)
    }
    print("\(opened) of 2000 corrupt images opened and survived")
    #expect(opened > 500)
  }

  private func examine(_ image: ElfImage) {
    let table = SymbolTable([image])
    let descriptions = FrameDescriptions(image)
    let information = CallFrameInfo(image)
    _ = image.buildID
    for address in stride(from: UInt64(0x1000), to: 0x1200, by: 7) {
      if let symbol = table.symbol(at: address) {
        #expect(symbol.start <= address && address < symbol.end)
      }
      if let range = descriptions?.range(containing: address) {
        #expect(range.start <= address && address < range.end)
      }
      if let row = information.row(at: address) { #expect(row.end > address) }
      _ = image.bytes(atLinkAddress: address, count: 64)
    }
    for (left, right) in zip(table.spans, table.spans.dropFirst()) {
      #expect(left.end <= right.start)
    }
  }
}
