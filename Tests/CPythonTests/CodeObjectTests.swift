import SampleTypes
import Support
import Testing

@testable import CPython

/// Code objects made by hand.
@Suite struct CodeObjectTests {
  private struct Fixture {
    var python: FakePython
    let code: RemoteAddress

    init(
      minor: Int, name: String = "f", qualifiedName: String = "C.f", file: String = "m.py",
      lineTable: [UInt8] = [], firstLine: UInt32 = 7
    ) {
      python = FakePython(minor: minor)
      let layout = python.layout.code
      code = python.allocate()
      python.keepAlive(code)
      python.memory.store(python.codeType, at: code + python.layout.object.type)
      python.memory.store(UInt64(50), at: code + python.layout.object.size)
      python.memory.store(firstLine, at: code + layout.firstLine)
      store(python.string(name), layout.name)
      if let field = layout.qualifiedName { store(python.string(qualifiedName), field) }
      store(python.string(file), layout.fileName)
      store(python.bytesObject(lineTable), layout.lineTable)
    }

    mutating func store(_ object: RemoteAddress, _ offset: Int) {
      python.memory.store(object, at: code + offset)
    }

    func capture() -> RawCodeObject? {
      var memory = python.memory
      return RawCodeObject.capture(at: code, runtime: python.runtime, memory: &memory)
    }
  }

  @Test(arguments: PythonVersion.knownMinors)
  func namesAndLinesAreDecoded(_ minor: Int) throws {
    // Bytes 0 to 3 are on line 7, 4 to 7 on line 8, in each encoding.
    let table: [UInt8] =
      minor <= 9
      ? [4, 1] : minor == 10 ? [4, 0, 4, 1] : [0x80 | 1, 0, 0x80 | 11 << 3 | 1, 0, 0]
    let raw = try #require(Fixture(minor: minor, lineTable: table).capture())
    let code = raw.decode()
    #expect(code.qualifiedName == (minor <= 10 ? "f" : "C.f"))
    #expect(code.fileName == "m.py" && code.firstLine == 7)
    #expect([0, 2, 4, 6].map { code.line(atByteOffset: $0) } == [7, 7, 8, 8])
    #expect(code.line(atByteOffset: -2) == 7)
    #expect(!code.isInitTrampoline)
    if minor >= 11 {
      #expect(raw.bytecodeRange?.count == 100)
      #expect(code.line(atByteOffset: 8) == nil)
    }
  }

  @Test(arguments: PythonVersion.minors(from: 12))
  func theInitTrampolineIsKnownByItsNames(_ minor: Int) throws {
    let fixture = Fixture(
      minor: minor, name: "__init__", qualifiedName: "__init__", file: "__init__", firstLine: 0)
    #expect(try #require(fixture.capture()).decode().isInitTrampoline == (minor >= 13))
    let ordinary = Fixture(minor: minor, qualifiedName: "__init__", file: "__init__", firstLine: 3)
    #expect(try #require(ordinary.capture()).decode().isInitTrampoline == false)
  }

  @Test func usualSizesTakeFiveReads() throws {
    var fixture = Fixture(minor: 12, lineTable: [UInt8](repeating: 0x80, count: 100))
    fixture.python.memory.isLogging = true
    var memory = fixture.python.memory
    _ = RawCodeObject.capture(at: fixture.code, runtime: fixture.python.runtime, memory: &memory)
    #expect(memory.log.count == 5)
  }

  @Test func aLongLineTableIsReadToItsEnd() throws {
    let table = (0..<9000).map { _ in UInt8(0x80) }
    #expect(try #require(Fixture(minor: 12, lineTable: table).capture()).lineTable == table)
  }

  @Test func anObjectOfAnotherTypeIsNoCode() {
    var fixture = Fixture(minor: 12)
    fixture.store(RemoteAddress(0x999_0000), fixture.python.layout.object.type)
    #expect(fixture.capture() == nil)
  }

  /// What a freed object begins with: no reference, or the address of the next free block.
  @Test(arguments: PythonVersion.knownMinors, [0, 0x7f12_3456_7890] as [UInt64])
  func aFreedObjectHasNoName(_ minor: Int, _ first: UInt64) {
    var whole = Fixture(minor: minor)
    #expect(whole.capture() != nil)
    let layout = whole.python.layout
    let fields = [layout.code.qualifiedName ?? layout.code.name, layout.code.fileName]
    let strings = fields.map { whole.python.memory.pointer(at: whole.code + $0)! }
    for object in [whole.code] + strings {
      var freed = whole
      freed.python.memory.store(first, at: object)
      #expect(freed.capture() == nil, "\(object)")
    }
  }

  /// The type is checked where it is known, whatever else looks like a string.
  @Test func aNameMustBeAString() {
    var fixture = Fixture(minor: 12)
    fixture.python.runtime.stringType = RemoteAddress(0x32_0000)
    #expect(fixture.capture() == nil)
    let layout = fixture.python.layout
    for field in [layout.code.qualifiedName!, layout.code.fileName] {
      let string = fixture.python.memory.pointer(at: fixture.code + field)!
      fixture.python.memory.store(RemoteAddress(0x32_0000), at: string + layout.object.type)
    }
    #expect(fixture.capture() != nil)
  }

  /// Freed between the first read and the last.
  @Test func aCodeObjectMustBeTheSameAfterwards() {
    let fixture = Fixture(minor: 12)
    var memory = DyingMemory(memory: fixture.python.memory, code: fixture.code)
    let raw = RawCodeObject.capture(
      at: fixture.code, runtime: fixture.python.runtime, memory: &memory)
    #expect(raw == nil && memory.looks == 2)
  }

  private struct DyingMemory: RemoteMemory {
    var memory: FakeMemory
    let code: RemoteAddress
    var looks = 0

    mutating func copyBytes(
      at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
      let count = memory.copyBytes(at: address, into: buffer)
      if address == code {
        looks += 1
        memory.store(UInt64(0), at: code)
      }
      return count
    }
  }

  @Test(arguments: PythonVersion.knownMinors)
  func theFingerprintChangesWithWhatItCovers(_ minor: Int) throws {
    let fixture = Fixture(minor: minor)
    let layout = fixture.python.layout
    let range = CodeFingerprint.range(of: fixture.code, layout: layout)
    #expect(range.count <= 160)
    var memory = fixture.python.memory
    let original = CodeFingerprint(of: fixture.code, layout: layout, memory: &memory)
    #expect(original != nil && original == fixture.capture()?.fingerprint)
    let fields = [
      layout.code.name, layout.code.fileName, layout.code.lineTable, layout.code.firstLine,
      layout.code.flags,
    ]
    for field in fields + [layout.code.qualifiedName, layout.code.version].compactMap({ $0 }) {
      var changed = fixture.python.memory
      changed.store(UInt32(0x5555_0000), at: fixture.code + field)
      let other = CodeFingerprint(of: fixture.code, layout: layout, memory: &changed)
      #expect(other != nil && other != original, "field at \(field)")
    }
  }

  @Test func tooFewBytesGiveNoFingerprint() {
    let bytes = [UInt8](repeating: 0, count: 20)
    let print = bytes.withUnsafeBytes { CodeFingerprint($0, layout: .v3_12) }
    #expect(print == nil)
  }
}
