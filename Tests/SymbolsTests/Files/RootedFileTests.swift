import Foundation
import Testing

@testable import Symbols

/// Paths that a target chooses lead nowhere outside of its root, and open nothing but plain files.
@Suite struct RootedFileTests {
  /// A root with the file `/inside/a`, and beside that root a file that it must not show.
  private let root: String
  private let outside: String

  init() throws {
    let directory = NSTemporaryDirectory() + "hyflame-root-\(UUID().uuidString)"
    root = directory + "/root"
    outside = directory + "/secret"
    try FileManager.default.createDirectory(
      atPath: root + "/inside", withIntermediateDirectories: true)
    try Data("inside".utf8).write(to: URL(fileURLWithPath: root + "/inside/a"))
    try Data("secret!".utf8).write(to: URL(fileURLWithPath: outside))
  }

  private func text(_ path: String) -> String? {
    guard let file = try? OpenFile(path: path, root: root),
      let bytes = file.read(at: 0, count: Int(file.size))
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func link(_ name: String, to destination: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: root + name, withDestinationPath: destination)
  }

  @Test func plainPaths() {
    #expect(text("/inside/a") == "inside")
    #expect(text("inside/a") == "inside")
    #expect(text("/inside/b") == nil)
  }

  @Test func dotsEndAtTheRoot() {
    #expect(text("/../secret") == nil)
    #expect(text("/inside/../../secret") == nil)
    #expect(text("/../../../../inside/a") == "inside")
  }

  @Test func linksAreResolvedWithinTheRoot() throws {
    try link("/absolute", to: "/inside/a")
    #expect(text("/absolute") == "inside")
    try link("/escape", to: outside)
    #expect(text("/escape") == nil)
    try link("/relative", to: "../secret")
    #expect(text("/relative") == nil)
    try link("/directory", to: "/")
    #expect(text("/directory/inside/a") == "inside")
    try link("/up", to: "..")
    #expect(text("/up/secret") == nil)
    #expect(text("/up/inside/a") == "inside")
    try link("/magic", to: "/proc/self/root\(outside)")
    #expect(text("/magic") == nil)
  }

  /// Opening a FIFO waits, a device may do anything.
  @Test func onlyPlainFilesAreOpened() throws {
    #expect(mkfifo(root + "/fifo", 0o600) == 0)
    #expect(throws: ElfError.notELF) { try OpenFile(path: "/fifo", root: root) }
    #expect(throws: ElfError.notELF) { try OpenFile(path: "/inside", root: root) }
    #expect(throws: ElfError.notELF) { try OpenFile(path: "/dev/zero") }
    // A terminal that we have none of would become ours, a watchdog would start to count.
    #expect(throws: ElfError.notELF) { try OpenFile(path: "/dev/tty") }
  }

  /// A link beside a stripped file must not make a debug file of a file elsewhere.
  @Test func debugLinksStayInside() throws {
    guard
      let whole = try compiled("int answer(void) { return 42; }", ["-g"]),
      try output(of: ["objcopy", "--version"]) != nil
    else { return }
    defer { try? FileManager.default.removeItem(atPath: whole) }
    let debug = (outside as NSString).deletingLastPathComponent + "/lib.debug"
    _ = try output(of: ["objcopy", "--only-keep-debug", whole, debug])
    _ = try output(of: [
      "objcopy", "--strip-all", "--add-gnu-debuglink=\(debug)", whole, root + "/inside/lib.so",
    ])
    let image = try ElfImage(path: "/inside/lib.so", root: root)
    let places = DebugFiles(roots: [root], path: "/inside/lib.so")
    try link("/inside/lib.debug", to: debug)
    #expect(places.separateImage(of: image) == nil)
    try FileManager.default.removeItem(atPath: root + "/inside/lib.debug")
    try FileManager.default.copyItem(atPath: debug, toPath: root + "/inside/lib.debug")
    #expect(places.separateImage(of: image) != nil)
  }
}
