public import SampleTypes

extension RuntimeLocator {
  /// Tells the version of the runtime at `address`, and its layout if it is a known one. In order
  /// of trust: the runtime's own debug offsets, the constant `Py_Version`, the text that
  /// `Py_GetVersion` left, names of files.
  static func identify(
    _ address: RemoteAddress, in module: MappedModule, symbols: inout some SymbolLookup,
    memory: inout some RemoteMemory
  ) -> Identity? {
    if let offsets = debugOffsets(at: address, in: module, symbols: &symbols, memory: &memory) {
      let found = offsets.layout()
      return Identity(
        version: offsets.version, layout: found?.layout, source: found?.source ?? .measured)
    }
    let read =
      constantVersion(in: module, symbols: &symbols, memory: &memory)
      ?? textVersion(
        in: module, minor: PythonVersion(inPath: module.name)?.minor, memory: &memory)
    guard let version = read ?? namedVersion(module, symbols: symbols) else { return nil }
    return Identity(
      version: version, isRead: read != nil, layout: Layout.table(for: version), source: .measured)
  }

  /// What a runtime is, and how to read it if its version is known.
  struct Identity {
    var version: PythonVersion
    /// False if only a file's name told it.
    var isRead = true
    var layout: Layout?
    var source: LayoutSource
  }

  private static func debugOffsets(
    at address: RemoteAddress, in module: MappedModule, symbols: inout some SymbolLookup,
    memory: inout some RemoteMemory
  ) -> DebugOffsets? {
    let live = [UInt8](unsafeUninitializedCapacity: DebugOffsets.maximumSize) { buffer, count in
      count = memory.copyBytes(at: address, into: UnsafeMutableRawBufferPointer(buffer))
    }
    if let offsets = DebugOffsets(live) { return offsets }
    // The table is initialised data: the file has it before the process can be read.
    return symbols.fileBytes(at: address, count: DebugOffsets.maximumSize, in: module)
      .flatMap(DebugOffsets.init)
  }

  /// `Py_Version`, an `unsigned long` that 3.11 and later export.
  private static func constantVersion(
    in module: MappedModule, symbols: inout some SymbolLookup, memory: inout some RemoteMemory
  ) -> PythonVersion? {
    guard let constant = symbols.symbol(named: "Py_Version", in: module) else { return nil }
    if let hex = memory.word(at: constant.start), let version = PythonVersion(hex: hex) {
      return version
    }
    guard let bytes = symbols.fileBytes(at: constant.start, count: 8, in: module),
      bytes.count == 8
    else { return nil }
    return PythonVersion(hex: bytes.withUnsafeBytes { $0.word(0) })
  }

  /// From the file's name; without from the names of other mapped files, which may lie beside those of another
  /// version.
  private static func namedVersion(
    _ module: MappedModule, symbols: some SymbolLookup
  ) -> PythonVersion? {
    PythonVersion(inPath: module.name)
      ?? symbols.modules.lazy.compactMap { PythonVersion(inPath: $0.path) }.first
  }

  /// What `Py_GetVersion` has left in the module's writable memory: the text "3.8.18 (default, …", which the
  /// interpreter makes when it starts.
  static func textVersion(
    in module: MappedModule, major: Int = 3, minor: Int?, memory: inout some RemoteMemory
  ) -> PythonVersion? {
    MemoryScan.first(in: module.writableRanges, memory: &memory) { block, _, _ in
      PythonVersion(inText: block, major: major, minor: minor)
    }
  }

  /// A CPython from before 3.7, which has no `_PyRuntime`: none that can be read, but it has a name.
  static func oldVersion(
    symbols: inout some SymbolLookup, memory: inout some RemoteMemory
  ) -> PythonVersion? {
    for module in symbols.modules
    where symbols.symbol(named: "_PyThreadState_Current", in: module) != nil {
      for major in [3, 2] {
        let named = PythonVersion(inPath: module.name, major: major)
        let told = textVersion(in: module, major: major, minor: named?.minor, memory: &memory)
        if let version = told ?? named { return version }
      }
    }
    return nil
  }

  /// The version that the files of a process tell whose memory may not be read.
  public static func versionInFiles(symbols: inout some SymbolLookup) -> PythonVersion? {
    var unreadable = UnreadableMemory()
    for module in likelyFirst(symbols.modules) {
      for origin in [PythonRuntime.Origin.symbol, .section] {
        guard
          let found = anchor(in: module, by: origin, symbols: &symbols, memory: &unreadable),
          let target = identify(found, in: module, symbols: &symbols, memory: &unreadable)
        else { continue }
        return target.version
      }
    }
    return oldVersion(symbols: &symbols, memory: &unreadable)
  }

  private struct UnreadableMemory: RemoteMemory {
    func copyBytes(at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer) -> Int {
      0
    }
  }
}
