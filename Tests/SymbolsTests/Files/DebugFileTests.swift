import Foundation
import SampleTypes
import Testing

@testable import Symbols

/// Stripped files, and the places where their symbols went.
struct DebugFileTests {
  private static let source = """
    static __attribute__((noinline)) int hidden(int a) { return a ? hidden(a / 2) + 1 : 7; }
    int user(int a) { return hidden(a); }
    """

  /// A directory with `lib.so`, stripped, and what `keep` makes of the whole one first.
  private func stripped(
    _ flags: [String] = [], _ prepare: (_ whole: String, _ directory: String) throws -> Void
  ) throws -> String? {
    guard let whole = try compiled(Self.source, ["-g"] + flags) else { return nil }
    defer { try? FileManager.default.removeItem(atPath: whole) }
    let directory = NSTemporaryDirectory() + "hyflame-debug-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: directory + "/.debug", withIntermediateDirectories: true)
    _ = try output(of: ["strip", "-o", directory + "/lib.so", whole])
    try prepare(whole, directory)
    return directory
  }

  private func functionNames(_ directory: String) throws -> Set<String> {
    let path = directory + "/lib.so"
    let image = try ElfImage(path: path)
    let text = try #require(image.layout.segments.first { $0.isExecutable })
    let map = MemoryMap(
      parsing: "\(String(text.address, radix: 16))-9000 r-xp "
        + "\(String(text.fileOffset, radix: 16)) 08:01 5 \(path)")
    let module = try #require(ModuleTable(map).loadedModules.first)
    let section = try #require(image.section(named: ".text"))
    return Set((section.address..<section.end).map { module.function(at: $0).name })
  }

  @Test(arguments: ["lib.debug", ".debug/lib.debug"])
  func aDebugLinkIsFollowed(place: String) throws {
    let directory = try stripped { whole, directory in
      let debug = "\(directory)/\(place)"
      _ = try output(of: ["objcopy", "--only-keep-debug", whole, debug])
      _ = try output(of: ["objcopy", "--add-gnu-debuglink=\(debug)", directory + "/lib.so"])
    }
    guard let directory else { return }
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let names = try functionNames(directory)
    #expect(names.contains { $0.hasPrefix("hidden") } && names.contains("user"))
  }

  /// Without a build ID the checksum decides; a file of another build is refused either way.
  @Test(arguments: [[], ["-Wl,--build-id=none"]])
  func aDebugFileOfAnotherBuildIsRefused(flags: [String]) throws {
    for isOther in [false, true] {
      let directory = try stripped(flags) { whole, directory in
        let debug = directory + "/lib.debug"
        _ = try output(of: ["objcopy", "--only-keep-debug", whole, debug])
        _ = try output(of: ["objcopy", "--add-gnu-debuglink=\(debug)", directory + "/lib.so"])
        guard isOther else { return }
        let source =
          "static __attribute__((noinline)) int hiddenToo(int a) { return a; } "
          + "int user(int a) { return hiddenToo(a); }"
        guard let other = try compiled(source, ["-g"] + flags) else { return }
        defer { try? FileManager.default.removeItem(atPath: other) }
        _ = try output(of: ["objcopy", "--only-keep-debug", other, debug])
      }
      guard let directory else { return }
      defer { try? FileManager.default.removeItem(atPath: directory) }
      #expect(try functionNames(directory).contains { $0.hasPrefix("hidden") } != isOther)
    }
  }

  @Test func aLinkThatLeavesItsDirectoryIsRefused() throws {
    let directory = try stripped { whole, directory in
      let section = directory + "/section"
      try Data(Array("../../etc/passwd\0\0\0\0".utf8) + [1, 2, 3, 4]).write(
        to: URL(fileURLWithPath: section))
      _ = try output(of: [
        "objcopy", "--add-section", ".gnu_debuglink=\(section)", directory + "/lib.so",
      ])
    }
    guard let directory else { return }
    defer { try? FileManager.default.removeItem(atPath: directory) }
    #expect(DebugFiles.link(of: try ElfImage(path: directory + "/lib.so")) == nil)
  }

  @Test func symbolsInsideTheFileAreUnpacked() throws {
    let directory = try stripped { whole, directory in
      let mini = directory + "/mini"
      _ = try output(of: ["objcopy", "-S", "--keep-symbol=hidden", whole, mini])
      guard try output(of: ["xz", "--keep", mini]) != nil else { return }
      _ = try output(of: [
        "objcopy", "--add-section", ".gnu_debugdata=\(mini).xz", directory + "/lib.so",
      ])
    }
    guard let directory else { return }
    defer { try? FileManager.default.removeItem(atPath: directory) }
    guard FileManager.default.fileExists(atPath: directory + "/mini.xz") else {
      try Test.cancel("no xz")
    }
    #expect(try functionNames(directory).contains("hidden"))
  }

  @Test func damagedOrHugeXZStreamsAreRefused() throws {
    let base = NSTemporaryDirectory() + "hyflame-xz-\(UUID().uuidString)"
    defer { for end in ["", ".xz"] { try? FileManager.default.removeItem(atPath: base + end) } }
    // Half a gigabyte of zeros is 75 KiB of xz.
    let shell = "head -c 500M /dev/zero | xz -1 > \(base).xz"
    guard try output(of: ["xz", "--version"]) != nil, try output(of: ["sh", "-c", shell]) != nil
    else { return }
    let bomb = [UInt8](try Data(contentsOf: URL(fileURLWithPath: base + ".xz")))
    #expect(bomb.withUnsafeBytes { xzDecoded($0) } == nil)
    #expect([UInt8](repeating: 7, count: 100).withUnsafeBytes { xzDecoded($0) } == nil)
    #expect(bomb.prefix(40).withUnsafeBytes { xzDecoded($0) } == nil)
    #expect([].withUnsafeBytes { xzDecoded($0) } == nil)
  }

  @Test func theChecksumIsThatOfZlib() {
    var checksum = Checksum()
    checksum.add(Array("1234".utf8))
    checksum.add(Array("56789".utf8))
    #expect(checksum.value == 0xcbf4_3926)
  }
}
