import Foundation
import Testing

@testable import Symbols

/// A file may name any path for what it shares with others: nothing is opened there but a plain file, of
/// the build that it names, inside its root.
@Suite struct SupplementTests {
  private let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "hyflame-shared-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: directory + "/elsewhere", withIntermediateDirectories: true)
  }

  /// A library whose DWARF refers to a shared file for its functions' names; nil without dwz.
  private func sharing() throws -> [String]? {
    let source = """
      static inline __attribute__((always_inline)) int common(int a) { volatile int b = a; return b * 7; }
      int NAME(int a) { return common(a) + common(a + 1); }
      """
    guard try output(of: ["dwz", "--version"]) != nil else { return nil }
    let paths = try ["one", "two"].compactMap { name -> String? in
      let built = try compiled(
        source.replacingOccurrences(of: "NAME", with: name), ["-g", "-gdwarf-4", "-Wl,--build-id"])
      guard let built else { return nil }
      let path = directory + "/\(name).so"
      try FileManager.default.moveItem(atPath: built, toPath: path)
      return path
    }
    guard paths.count == 2 else { return nil }
    _ = try output(
      of: ["dwz", "-m", directory + "/elsewhere/shared", "-M", "/elsewhere/shared"] + paths)
    return FileManager.default.fileExists(atPath: directory + "/elsewhere/shared") ? paths : nil
  }

  @Test func itIsFoundInsideTheRoot() throws {
    guard let path = try sharing()?.first else {
      try Test.cancel("no dwz or gcc: shared debug information is not tested")
    }
    let image = try ElfImage(path: path)
    #expect(DebugFiles.supplementLink(of: image)?.name == "/elsewhere/shared")
    let places = DebugFiles(roots: [directory], path: "/one.so")
    let shared = try #require(places.supplement(of: image))
    let address = try #require(SymbolTable([image]).symbol(named: "one")).address
    let with = try #require(SourceLines(image, supplement: shared))
    let without = try #require(SourceLines(image))
    let names = (0..<32).flatMap { with.frames(at: address + $0, inlined: true).compactMap(\.name) }
    #expect(names.contains("common"))
    let others = (0..<32).flatMap {
      without.frames(at: address + $0, inlined: true).compactMap(\.name)
    }
    #expect(!others.contains("common"))

    // Another build, a pipe, a link out of the root: none of them.
    let link = directory + "/elsewhere/shared"
    try FileManager.default.moveItem(atPath: link, toPath: directory + "/moved")
    #expect(mkfifo(link, 0o666) == 0)
    #expect(places.supplement(of: image) == nil)
    try FileManager.default.removeItem(atPath: link)
    try FileManager.default.copyItem(atPath: path, toPath: link)
    #expect(places.supplement(of: image) == nil)
    try FileManager.default.removeItem(atPath: link)
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: directory + "/moved")
    #expect(places.supplement(of: image) == nil)
  }

  /// A function whose inlined call is described in another file, at an offset of it.
  private func referring(to path: String) throws -> String? {
    let source = """
      \t.text
      \t.globl work
      work:\tnop
      \tnop
      .Lend:\tret
      \t.section .debug_abbrev,"",@progbits
      \t.byte 1,0x11,1, 0x11,1, 0x12,7, 0,0
      \t.byte 2,0x2e,1, 0x03,8, 0x11,1, 0x12,7, 0,0
      \t.byte 3,0x1d,0
      \t.uleb128 0x31
      \t.uleb128 0x1f20
      \t.byte 0x11,1, 0x12,7, 0x59,0x0b, 0,0
      \t.byte 0
      \t.section .debug_info,"",@progbits
      \t.long .Lstop-.Lstart
      .Lstart:\t.short 4
      \t.long 0
      \t.byte 8
      \t.byte 1
      \t.quad work
      \t.quad .Lend-work
      \t.byte 2
      \t.asciz "work"
      \t.quad work
      \t.quad .Lend-work
      \t.byte 3
      \t.long 11
      \t.quad work
      \t.quad .Lend-work
      \t.byte 5
      \t.byte 0
      \t.byte 0
      .Lstop:
      \t.section .gnu_debugaltlink,"",@progbits
      \t.asciz "\(path)"
      \t.fill 20,1,0x5a
      \t.section .note.GNU-stack,"",@progbits

      """
    let text = directory + "/work.s"
    try source.write(toFile: text, atomically: true, encoding: .utf8)
    let library = directory + "/work.so"
    guard try output(of: ["gcc", "-shared", "-o", library, text]) != nil,
      FileManager.default.fileExists(atPath: library)
    else { return nil }
    return library
  }

  /// libdw would open it, and wait for whoever writes into it.
  @Test(.timeLimit(.minutes(2))) func aPipeIsNotOpened() throws {
    let pipe = directory + "/elsewhere/pipe"
    guard let library = try referring(to: pipe) else {
      try Test.cancel("no gcc: references to shared debug information are not tested")
    }
    #expect(mkfifo(pipe, 0o666) == 0)
    let image = try ElfImage(path: library)
    #expect(DebugFiles.supplementLink(of: image)?.name == pipe)
    let file = DebugFile(
      try OpenFile(path: library), places: DebugFiles(roots: [""], path: library))
    let lines = try #require(file.lines())
    let address = try #require(SymbolTable([image]).symbol(named: "work")).address
    // The call is known, but not its name.
    let frames = lines.frames(at: address, inlined: true)
    #expect(frames.map(\.name) == [nil, "[inlined]"])
    #expect(frames.first?.line == 5)
  }

  @Test func aFileWithoutAnythingInItIsOne() {
    #expect(Supplement() != nil)
  }
}
