import SampleTypes

extension RuntimeLocator {
  /// Tells the version of the runtime at `address`, and its layout if it is a known one. In order
  /// of trust: the runtime's own debug offsets, the constant `Py_Version`, the text that
  /// `Py_GetVersion` left, names of files.
  static func identify(
    _ address: RemoteAddress, in module: MappedModule, symbols: inout some SymbolLookup,
    memory: inout some RemoteMemory
  ) -> (version: PythonVersion, layout: Layout?)? {
    if let offsets = debugOffsets(at: address, in: module, symbols: &symbols, memory: &memory) {
      return (offsets.version, offsets.layout())
    }
    guard
      let version = constantVersion(in: module, symbols: &symbols, memory: &memory)
        ?? namedVersion(module, symbols: symbols, memory: &memory)
    else { return nil }
    return (version, Layout.table(for: version))
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

  /// From the file's name and from the text "3.8.18 (default, …", which the interpreter makes in its
  /// writable memory when it starts; without either from the names of other mapped files, which may
  /// lie beside those of another version.
  private static func namedVersion(
    _ module: MappedModule, symbols: some SymbolLookup, memory: inout some RemoteMemory
  ) -> PythonVersion? {
    let named = PythonVersion(inPath: module.name)
    return textVersion(in: module, minor: named?.minor, memory: &memory)
      ?? named ?? symbols.modules.lazy.compactMap { PythonVersion(inPath: $0.path) }.first
  }

  /// What `Py_GetVersion` has left in the module's writable memory.
  static func textVersion(
    in module: MappedModule, minor: Int?, memory: inout some RemoteMemory
  ) -> PythonVersion? {
    MemoryScan.first(in: module.writableRanges, memory: &memory) { block, _, _ in
      PythonVersion(inText: block, minor: minor)
    }
  }
}
