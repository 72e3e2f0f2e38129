import Foundation
import Support
import Testing

@testable import Symbols

/// Sizes, offsets and counts in ELF files that are not true, or true of a file full of holes: nothing
/// traps, and everything ends soon.
@Suite(.serialized) struct LyingHeaderTests {
  private static let source = """
    #include <stdlib.h>
    #include <string.h>
    __attribute__((noinline)) int inner(int a) { return a * 3; }
    int outer(int a) { char *p = malloc(a); memset(p, a, a); int r = inner(p[a / 2]); free(p); return r; }
    """
  private let directory: String
  private let library: String

  init() throws {
    guard let library = try compiled(Self.source, ["-g"]) else {
      try Test.cancel("no gcc: files with lying headers are not tested")
    }
    self.library = library
    directory = NSTemporaryDirectory() + "hyflame-lies-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false)
  }

  /// Everything that is asked of a file; how long it took.
  @discardableResult
  private func read(_ path: String) throws -> Duration {
    let start = ContinuousClock.now
    if let image = try? ElfImage(path: path) { Self.readAll(image) }
    return ContinuousClock.now - start
  }

  static func readAll(_ image: ElfImage) {
    let symbols = SymbolTable([image] + [image.minidebugImage()].compactMap { $0 })
    _ = symbols.symbol(named: "_PyRuntime")
    _ = (image.buildID, DebugFiles.link(of: image), DebugFiles.supplementLink(of: image))
    let stubs = PltStubs(image)
    let frames = CallFrameInfo(image)
    let lines = SourceLines(image)
    for section in image.sections.prefix(64) where section.isCode {
      for address in [section.address, section.address &+ 0x10, section.end &- 1] {
        _ = symbols.symbol(at: address)
        _ = stubs?.function(at: address)
        _ = frames.row(at: address)
        _ = lines?.frames(at: address, inlined: true)
      }
    }
  }

  private static let gigabyte: UInt64 = 1 << 30

  /// Section, and what is wrong with it.
  private static let lies: [(name: String, section: String, offset: UInt64?, size: UInt64?)] = [
    ("names before the end of all addresses", ".strtab", 0 &- 4096, 1 << 20),
    ("names around it", ".strtab", 0 &- 4096, .max),
    ("symbols before it", ".symtab", 0 &- 4096, .max),
    ("a terabyte of symbols", ".symtab", nil, 1 << 40),
    ("64 GiB of names", ".strtab", nil, 1 << 36),
    ("a terabyte of names", ".strtab", nil, 1 << 40),
    ("8 GiB of names of sections", ".shstrtab", nil, 8 * gigabyte),
    ("8 GiB of unwind information", ".eh_frame", nil, 8 * gigabyte),
    ("8 GiB of its index", ".eh_frame_hdr", nil, 8 * gigabyte),
    ("8 GiB of dynamic symbols", ".dynsym", nil, 8 * gigabyte),
    ("12 GiB of relocations", ".rela.plt", nil, 12 * gigabyte),
    ("all addresses of relocations", ".rela.dyn", nil, .max),
    ("8 GiB of debug information", ".debug_info", nil, 8 * gigabyte),
    ("8 GiB of its strings", ".debug_str", nil, 8 * gigabyte),
    ("a note of 8 GiB", ".note.gnu.build-id", nil, 8 * gigabyte),
  ]

  @Test func noSizeIsBelieved() throws {
    for lie in Self.lies {
      var patch = try ElfPatch(path: library)
      guard patch.headers[lie.section] != nil else { continue }
      if let offset = lie.offset { patch.set(lie.section, .offset, offset) }
      if let size = lie.size { patch.set(lie.section, .size, size) }
      let path = directory + "/lib.so"
      // True of the file, as far as it can be: it is one large hole.
      let size = lie.size.map { $0 < 1 << 41 ? $0 + Self.gigabyte : 0 } ?? 0
      try patch.write(to: path, size: size)
      let time = try read(path)
      #expect(time < .seconds(15), "\(lie.name): \(time)")
    }
  }

  @Test func aNameBeyondFourGigabytes() throws {
    var patch = try ElfPatch(path: library)
    patch.set(".strtab", .size, 6 * Self.gigabyte)
    let path = directory + "/lib.so"
    try patch.write(
      to: path, size: 7 * Self.gigabyte, text: "\0_PyRuntime\0", at: 9 * Self.gigabyte / 2)
    #expect(try read(path) < .seconds(15))
    #expect(ReadingBounds.shared.sentences.joined().contains("names of functions"))
  }

  @Test func moreSectionsThanThereAre() throws {
    for (count, size) in [(UInt64(1) << 40, UInt64(1) << 40), (67_000_000, 8 * Self.gigabyte)] {
      var patch = try ElfPatch(path: library)
      patch.set(0, at: 0x3c, 2)
      // The first header has the number then.
      patch.set(count, at: Int(patch.number(at: 0x28, 8)) + 32, 8)
      let path = directory + "/lib.so"
      try patch.write(to: path, size: size)
      #expect(try read(path) < .seconds(15))
    }
  }

  /// Libraries whose debug file has no build ID, so that its checksum would have to be computed.
  @Test func aLargeDebugFileIsNotSummedUp() throws {
    let debug = directory + "/big.debug"
    let stripped = directory + "/lib.so"
    for (arguments, needed) in [
      (
        ["gcc", "-shared", "-g", "-Wl,--build-id=none", "-o", debug, "-x", "c", "/dev/null"], debug
      ),
      (["cp", debug, stripped], stripped), (["strip", stripped], stripped),
      (["objcopy", "--add-gnu-debuglink=\(debug)", stripped], stripped),
    ] {
      _ = try output(of: arguments)
      try #require(FileManager.default.fileExists(atPath: needed))
    }
    try ElfPatch(path: debug).write(to: debug, size: 2 * Self.gigabyte)
    let start = ContinuousClock.now
    for _ in 0..<10 {
      let image = try ElfImage(path: stripped)
      #expect(DebugFiles.link(of: image) != nil)
      #expect(DebugFiles(roots: [""], path: stripped).separateImage(of: image) == nil)
    }
    #expect(ContinuousClock.now - start < .seconds(15))
  }

  /// Any field of any header, any value.
  @Test func anyHeaderMaySayAnything() throws {
    var numbers = SeededNumbers(seed: 41)
    let whole = try ElfPatch(path: library)
    let names = whole.headers.keys.sorted()
    let values: [UInt64] = [
      0, 1, 7, 0xff, 0xffff, 1 << 31, 1 << 32, 1 << 40, 1 << 63, 0 &- 1, 0 &- 8, 0 &- 4096,
      UInt64(whole.bytes.count), UInt64(whole.bytes.count) - 1,
    ]
    for _ in 0..<1500 {
      var patch = whole
      for _ in 0...numbers.next() % 4 {
        let section = names[Int(numbers.next() % UInt64(names.count))]
        let field = ElfPatch.Field.allCases[Int(numbers.next() % 10)]
        let value =
          numbers.next() % 2 == 0
          ? values[Int(numbers.next() % UInt64(values.count))]
          : numbers.next() >> (numbers.next() % 64)
        patch.set(section, field, value)
      }
      if let image = try? ElfImage(bytes: patch.bytes) { Self.readAll(image) }
    }
  }

  @Test func whatAllFilesTogetherMayTakeFillsUpAgain() {
    let bounds = ReadingBounds(capacity: 100, bytesPerSecond: 0)
    #expect(bounds.take(60, upTo: 80, of: "/a", as: .symbols))
    #expect(bounds.sentences.isEmpty)
    #expect(!bounds.take(60, upTo: 80, of: "/b", as: .symbols))
    #expect(!bounds.take(90, upTo: 80, of: "/c", as: .frames))
    #expect(bounds.take(40, upTo: 80, of: "/d", as: .symbols))
    let sentence = bounds.sentences.joined()
    #expect(sentence.contains("2 files (/b first)"), "\(sentence)")
    #expect(sentence.contains("names of functions, unwind information"), "\(sentence)")
  }
}
