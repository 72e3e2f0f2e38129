import Support
import Testing

@testable import CPython

/// The tables by which interpreters from 3.13 on describe themselves, made by hand.
@Suite struct DebugOffsetsTests {
  @Test(arguments: [13, 14, 15], [false, true])
  func aTableIsBelieved(_ minor: Int, _ freeThreaded: Bool) throws {
    let version = PythonVersion(major: 3, minor: minor, micro: 20)
    let measured = try #require(Layout.table(for: version, freeThreaded: freeThreaded))
    var moved = measured
    moved.interpreter.modules += 32
    let found = try #require(
      DebugOffsets(.table(moved, version, freeThreaded: freeThreaded))?.layout())
    #expect(found.layout == moved)
    #expect(found.source == .itself)
  }

  /// Up to 3.14.4 the collector's state is 24 bytes shorter, with a table or without.
  @Test func theFirstReleasesOf14AreKnown() throws {
    let early = PythonVersion(major: 3, minor: 14, micro: 4)
    let later = PythonVersion(major: 3, minor: 14, micro: 5)
    let layout = try #require(Layout.table(for: early))
    #expect(Layout.table(for: later) == Layout.v3_14)
    // What guppy3 and py-spy have found in 3.14.0.
    #expect(layout.interpreter.modules == 7664 && layout.interpreter.embeddedGil == 7760)
    #expect(layout.interpreter.threadsHead == Layout.v3_14.interpreter.threadsHead)
    #expect(layout.interpreter.gc == Layout.v3_14.interpreter.gc)
    #expect(
      layout.interpreter.codeObjectGeneration == Layout.v3_14.interpreter.codeObjectGeneration! - 24
    )
    let found = try #require(DebugOffsets(.table(layout, early))?.layout())
    #expect(found.layout == layout && found.source == .itself)
    let short = Array([UInt8].table(layout, early).prefix(100))
    let refused = try #require(DebugOffsets(short)?.layout())
    #expect(refused.layout == layout && refused.source.refused == "100 bytes of 760")
  }

  /// An offset that is not aligned, beyond its struct, far from where it was ever seen, or huge.
  @Test(arguments: [13, 14, 15], [UInt64(1), 33, 600, 1 << 19, .max])
  func whatCannotBeIsRefused(_ minor: Int, _ value: UInt64) throws {
    let version = PythonVersion(major: 3, minor: minor, micro: 9)
    let measured = try #require(Layout.table(for: version))
    let field = try #require(
      DebugOffsetField.table(minor: minor)?.fields.first { "\($0.name)" == "code_object.filename" })
    var table = [UInt8].table(measured, version)
    table.store(value, at: field.position)
    let found = try #require(DebugOffsets(table)?.layout())
    #expect(found.layout == measured)
    #expect(found.source.refused == "code_object.filename \(value)")
  }

  /// A struct that ends before a field of it.
  @Test func sizesAreLimits() throws {
    let version = PythonVersion(major: 3, minor: 14, micro: 10)
    let position = try #require(
      DebugOffsetField.table3_14.first { "\($0.name)" == "thread_state.thread_id" }
    ).sizePosition
    var table = [UInt8].table(Layout.v3_14, version)
    let size = table.word(at: position)
    for (size, isEnough) in [(size, true), (size - 1, false), (0, false), (1 << 24, false)] {
      table.store(size, at: position)
      let refused = try #require(DebugOffsets(table)?.layout()).source.refused
      #expect(refused?.hasPrefix("thread_state.") == (isEnough ? nil : true))
    }
  }

  /// Any word of a table replaced: what comes out is a layout whose reads are bounded.
  @Test(arguments: [13, 14, 15], [false, true])
  func anyWordMayBeWrong(_ minor: Int, _ freeThreaded: Bool) throws {
    let version = PythonVersion(major: 3, minor: minor, micro: 10)
    let measured = try #require(Layout.table(for: version, freeThreaded: freeThreaded))
    let table = [UInt8].table(measured, version, freeThreaded: freeThreaded)
    var random = SeededNumbers(seed: UInt64(minor))
    var refusals = 0
    for _ in 0..<4000 * FuzzTests.factor {
      var corrupt = table
      for _ in 0...random.below(3) {
        let position = DebugOffsets.headerSize + 8 * random.below(table.count / 8 - 3)
        corrupt.store(random.interestingWord(near: UInt64(table[position])), at: position)
      }
      let found = try #require(DebugOffsets(corrupt)?.layout())
      refusals += found.source == .itself ? 0 : 1
      #expect(found.source == .itself || found.layout == measured)
      let layout = found.layout
      #expect(layout.threadState.sampleSize < 1024)
      #expect(layout.frame.sampleRange.lowerBound >= 0 && layout.frame.sampleRange.upperBound < 256)
      #expect(layout.fingerprintRange.upperBound <= measured.code.lineTable * 2 + 72)
      #expect(layout.interpreter.threadsHead <= measured.interpreter.threadsHead * 2)
    }
    #expect(refusals > 1000)
  }
}

extension [UInt8] {
  /// What an interpreter with this layout has at the start of `_PyRuntime`.
  static func table(
    _ layout: Layout, _ version: PythonVersion, freeThreaded: Bool = false
  ) -> [UInt8] {
    let (fields, size) = DebugOffsetField.table(minor: version.minor)!
    var table = [UInt8](repeating: 0, count: size)
    table.replaceSubrange(0..<8, with: DebugOffsets.cookie)
    table.store(UInt64(3 << 24 | version.minor << 16 | version.micro << 8 | 0xf0), at: 8)
    table.store(freeThreaded ? 1 : 0, at: 16)
    for field in fields {
      let offset = UInt64(layout[keyPath: field.path])
      table.store(offset, at: field.position)
      let end = offset + UInt64(field.alignment)
      table.store(Swift.max(table.word(at: field.sizePosition), end), at: field.sizePosition)
    }
    return table
  }

  mutating func store(_ value: UInt64, at position: Int) {
    withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: position, as: UInt64.self) }
  }

  func word(at position: Int) -> UInt64 { withUnsafeBytes { $0.word(position) } }
}
