import SampleTypes
import Support
import Testing

@testable import CPython

/// Why a process has no readable runtime.
@Suite struct RuntimeLocatorTests {
  /// Symbols given by the test.
  struct Symbols: SymbolLookup {
    var modules: [MappedModule]
    var symbols: [String: RemoteAddress] = [:]
    var file: [RemoteAddress: [UInt8]] = [:]

    mutating func symbol(named name: String, in module: MappedModule) -> AddressRange? {
      symbols[name].map { AddressRange(start: $0, end: $0 + 8) }
    }

    mutating func section(named name: String, in module: MappedModule) -> AddressRange? { nil }

    mutating func fileBytes(
      at address: RemoteAddress, count: Int, in module: MappedModule
    ) -> [UInt8]? { file[address] }
  }

  private let version = RemoteAddress(0x8_0000)

  private func symbols(of python: FakePython) -> Symbols {
    var symbols = Symbols(modules: [python.runtime.module])
    symbols.symbols["_PyRuntime"] = python.runtime.address
    return symbols
  }

  private func locate(_ symbols: Symbols, _ memory: FakeMemory) throws(RuntimeError)
    -> PythonRuntime
  {
    var (symbols, memory) = (symbols, memory)
    return try RuntimeLocator.locate(symbols: &symbols, memory: &memory)
  }

  @Test func aProcessWithoutPythonHasNone() {
    #expect(throws: RuntimeError.notFound) { try locate(Symbols(modules: []), FakeMemory()) }
    let range = AddressRange(start: RemoteAddress(0x1000), end: RemoteAddress(0x2000))
    let shell = MappedModule(path: "/bin/sh", loadBias: 0, range: range, writableRanges: [range])
    #expect(throws: RuntimeError.notFound) {
      try locate(Symbols(modules: [shell]), FakeMemory())
    }
  }

  @Test func theVersionConstantIsTrustedBeforeTheName() throws {
    var python = FakePython(minor: 11)
    var symbols = symbols(of: python)
    symbols.symbols["Py_Version"] = version
    symbols.modules[0].path = "/opt/embedder"
    python.memory.store(UInt64(0x030b_07f0), at: version)
    let runtime = try locate(symbols, python.memory)
    #expect(runtime.version.description == "3.11.7")
    #expect(runtime.layout == Layout.v3_11)
    #expect(runtime.origin == .symbol && runtime.address == python.runtime.address)
  }

  @Test func theFileServesWhatCannotBeRead() throws {
    let python = FakePython(minor: 11)
    var symbols = symbols(of: python)
    symbols.symbols["Py_Version"] = version
    symbols.file[version] = [0xf0, 0x02, 0x0b, 0x03, 0, 0, 0, 0]
    #expect(try locate(symbols, python.memory).version.description == "3.11.2")
  }

  @Test func theNameTellsAnOldVersionAndMemoryItsMicroVersion() throws {
    var python = FakePython(minor: 8)
    #expect(try locate(symbols(of: python), python.memory).version.description == "3.8.0")
    python.memory.store(
      Array("3.8.18 (default, Jan  1 2024".utf8), at: python.runtime.address + 2048)
    #expect(try locate(symbols(of: python), python.memory).version.description == "3.8.18")
  }

  /// A renamed library beside files of another version.
  @Test func itsOwnTextIsTrustedBeforeOtherNames() throws {
    var python = FakePython(minor: 8)
    var symbols = symbols(of: python)
    symbols.modules[0].path = "/opt/app/engine.so"
    symbols.modules.append(symbols.modules[0])
    symbols.modules[1].path = "/usr/lib/python3.11/lib-dynload/_heapq.so"
    python.memory.store(
      Array("3.8.18 (default, Jan  1 2024, 00:00:00) \n[GCC 12.2.0]".utf8),
      at: python.runtime.address + 2048)
    #expect(try locate(symbols, python.memory).version.description == "3.8.18")
    // Such a text that goes on in another way is not an interpreter's.
    python.memory.store(Array("3.8.18 (c) Somebody".utf8) + [0], at: python.runtime.address + 2048)
    #expect(throws: RuntimeError.self) { try locate(symbols, python.memory) }
  }

  /// Without a symbol, a section or a name: by the text and the pointers in its memory.
  @Test func aRenamedAndStrippedLibraryIsFound() throws {
    var python = FakePython(minor: 9)
    let start = python.runtime.address
    let range = AddressRange(start: start, end: start + (256 << 10))
    python.memory.store([UInt8](repeating: 0, count: 252 << 10), at: start + 4096)
    python.memory.store(
      python.interpreter, at: start + python.layout.runtime.interpretersHead + 8)
    python.memory.store(
      Array("3.9.18 (main, Jan  1 2024, 00:00:00) \n[GCC 12.2.0]".utf8), at: start + 0x20000)
    let shell = MappedModule(path: "/bin/app", loadBias: 0, range: range, writableRanges: [])
    let engine = MappedModule(
      path: "/opt/app/engine.so", loadBias: 0, range: range, writableRanges: [range])
    let found = try locate(Symbols(modules: [shell, engine]), python.memory)
    #expect(found.origin == .pointers && found.address == start)
    #expect(found.version.description == "3.9.18")
    #expect(found.module == engine)
  }

  @Test(arguments: [(UInt64(0x0307_10f0), "3.7.16"), (0x0310_00a1, "3.16.0a1")])
  func otherVersionsAreNamed(_ hex: UInt64, _ text: String) {
    var python = FakePython(minor: 11)
    var symbols = symbols(of: python)
    symbols.symbols["Py_Version"] = version
    python.memory.store(hex, at: version)
    let expected = RuntimeError.unsupported(PythonVersion(hex: hex)!)
    #expect(throws: expected) { try locate(symbols, python.memory) }
    #expect("\(PythonVersion(hex: hex)!)" == text)
  }

  @Test func anUnknownTableOfOffsetsIsNotGuessedAt() {
    var python = FakePython(minor: 13)
    python.memory.store(DebugOffsets.cookie, at: python.runtime.address)
    python.memory.store(UInt64(0x0310_00f0), at: python.runtime.address + 8)
    let expected = RuntimeError.unsupported(PythonVersion(major: 3, minor: 16, micro: 0))
    #expect(throws: expected) { try locate(symbols(of: python), python.memory) }
  }

  @Test func withoutAnInterpreterItIsTooEarlyOrTooLate() {
    var python = FakePython(minor: 9)
    let head = python.runtime.address + python.layout.runtime.interpretersHead
    python.memory.store(UInt64(0), at: head)
    let expected = RuntimeError.notInitialized(PythonVersion(major: 3, minor: 9, micro: 0))
    #expect(throws: expected) { try locate(symbols(of: python), python.memory) }
  }

  @Test func contradictionsAreToldApart() {
    let layout = Layout.v3_12
    var python = FakePython(minor: 12)
    let embedded = python.interpreter + layout.interpreter.embeddedGil!
    python.memory.store(embedded, at: python.interpreter + layout.interpreter.gil!)
    expect(nil, python)

    var other = python
    other.memory.store(embedded + 8, at: other.interpreter + layout.interpreter.gil!)
    expect(.gilPointer, other)
    other = python
    other.memory.store(other.state, at: other.state + layout.threadState.interpreter)
    expect(.foreignThreadState, other)
    other = python
    other.memory.store(other.state, at: other.state + layout.threadState.next)
    expect(.endlessList, other)
    other = python
    other.memory.store(other.state + 64, at: other.state + layout.threadState.previous)
    expect(.brokenLinks, other)
    other = python
    other.memory.store(UInt64(0), at: RemoteAddress(FakePython.threadID))
    expect(.noThread, other)
    other = python
    other.memory.unmap(other.state)
    expect(.unreadable, other)
  }

  /// By the frames of a process, and by what its module `sys` says.
  @Test(arguments: [8, 10, 11, 12, 13, 15])
  func codeAndVersionAreChecked(_ minor: Int) throws {
    let python = FakePython.process(minor: minor)
    expect(nil, python)
    var memory = python.memory
    var unnamed = python.runtime
    unnamed.codeType = nil
    #expect(try unnamed.checked(memory: &memory).codeType == python.codeType)

    var other = python
    other.memory.store(Array("cope".utf8), at: other.memory.pointer(at: other.codeType + 24)!)
    expect(.noCode, other)
    other = FakePython.process(minor: minor, hexVersion: 3 << 24 | UInt64(minor) << 16 | 0x05f0)
    expect(nil, other)
    memory = other.memory
    #expect(try other.runtime.checked(memory: &memory).version.micro == 5)
    other = FakePython.process(minor: minor, hexVersion: 3 << 24 | UInt64(minor + 1) << 16)
    expect(.otherVersion, other)
  }

  /// Before 3.7 there was no `_PyRuntime`.
  @Test(arguments: [
    ("/usr/bin/python2.7", "2.7.18 (default, Aug  1 2023, 10:00:00) \n[GCC 12]", "2.7.18"),
    ("/opt/app", "2.7.18 (default, Aug  1 2023, 10:00:00) \n[GCC 12]", "2.7.18"),
    ("/usr/lib/libpython3.6m.so.1.0", "3.6.15 (default, Aug  1 2023) \n[GCC 12]", "3.6.15"),
    ("/usr/bin/python3.5", "", "3.5.0"),
  ])
  func oldVersionsAreNamed(_ path: String, _ text: String, _ version: String) {
    var python = FakePython(minor: 9)
    var symbols = Symbols(modules: [python.runtime.module])
    symbols.modules[0].path = path
    symbols.symbols["_PyThreadState_Current"] = python.runtime.address
    python.memory.store([0] + Array(text.utf8) + [0], at: python.runtime.address + 2048)
    let error = #expect(throws: RuntimeError.self) { try locate(symbols, python.memory) }
    guard case .unsupported(let found) = error else { return #expect(Bool(false), "\(error!)") }
    #expect(found.description == version)
  }

  /// Without its memory the files tell: the constant, or the name.
  @Test func filesTellTheVersion() {
    let python = FakePython(minor: 11)
    var symbols = symbols(of: python)
    #expect(RuntimeLocator.versionInFiles(symbols: &symbols)?.description == "3.11.0")
    symbols.symbols["Py_Version"] = version
    symbols.file[version] = [0xf0, 0x02, 0x0b, 0x03, 0, 0, 0, 0]
    #expect(RuntimeLocator.versionInFiles(symbols: &symbols)?.description == "3.11.2")
    symbols.file[python.runtime.address] = .table(
      Layout.v3_14, PythonVersion(major: 3, minor: 14, micro: 3))
    #expect(RuntimeLocator.versionInFiles(symbols: &symbols)?.description == "3.14.3")
  }

  private func expect(_ contradiction: RuntimeCheck?, _ python: FakePython) {
    var memory = python.memory
    let found = python.runtime.check(memory: &memory)
    #expect(found == contradiction)
  }
}
