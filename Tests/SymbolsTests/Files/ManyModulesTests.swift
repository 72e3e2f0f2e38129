import Foundation
import SampleTypes
import Testing

@testable import Symbols

/// A process with hundreds of modules costs what its stacks go through. 0.3 s.
struct ManyModulesTests {
  private static let count = 300
  private static let spacing: UInt64 = 0x10_0000

  /// Copies of a library with 64 KiB of data behind its code, "mapped" by a literal memory map.
  @Test func modulesThatNeverAppearAreNotRead() throws {
    let source = "const char data[1 << 16] = {1}; int work(int a) { return a * 3; }\n"
    guard let library = try compiled(source) else { try Test.cancel("no gcc") }
    let directory = NSTemporaryDirectory() + "hyflame-many-\(UUID().uuidString)"
    let files = FileManager.default
    try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { for path in [library, directory] { try? files.removeItem(atPath: path) } }
    let text = try #require(try ElfImage(path: library).section(named: ".text"))
    var map = ""
    for index in 0..<Self.count {
      let path = "\(directory)/lib\(index).so"
      try files.copyItem(atPath: library, toPath: path)
      let start = 0x7f00_0000_0000 + UInt64(index) * Self.spacing
      map +=
        "\(String(start, radix: 16))-\(String(start + 0x1000, radix: 16)) r-xp "
        + "\(String(text.fileOffset & ~0xfff, radix: 16)) 08:01 \(index + 9) \(path)\n"
    }
    let before = try bytesRead()
    let table = ModuleTable(MemoryMap(parsing: map))
    let headers = try bytesRead() - before
    #expect(table.loadedModules.count == Self.count)
    // A header, a program header table and perhaps a note each; a symbol table is more.
    #expect(headers < Self.count * 4096, "\(headers) bytes")

    let address = 0x7f00_0000_0000 + 7 * Self.spacing + (text.address & 0xfff)
    let module = try #require(table.module(containing: address))
    #expect(module.index == 7)
    let opened = { table.loadedModules.filter(\.isOpened).map(\.index) }
    #expect(opened() == [])
    #expect(module.function(at: module.linkAddress(of: address)).isSymbol)
    #expect(opened() == [7])
  }

  /// By this thread: other tests run beside it.
  private func bytesRead() throws -> Int {
    let text = try String(contentsOfFile: "/proc/thread-self/io", encoding: .utf8)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("rchar:") })
    return try #require(Int(line.dropFirst("rchar: ".count)))
  }
}
