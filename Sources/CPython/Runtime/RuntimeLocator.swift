public import SampleTypes

/// Finds the CPython runtime of a process.
public enum RuntimeLocator {
  /// How often a contradiction is looked at again: a target that runs changes its lists meanwhile.
  private static let attempts = 20

  /// Finds the runtime, its version and its layout, and checks that they fit together.
  ///
  /// - Throws: `notInitialized` while the interpreter starts or after it has ended: the caller may
  ///   try again later.
  public static func locate(
    symbols: inout some SymbolLookup, memory: inout some RemoteMemory
  ) throws(RuntimeError) -> PythonRuntime {
    var failure = RuntimeError.notFound
    let modules = likelyFirst(symbols.modules)
    for origin in PythonRuntime.Origin.allCases {
      for module in origin.isExact ? modules : worthScanning(modules) {
        let result = runtime(in: module, by: origin, symbols: &symbols, memory: &memory)
        switch result {
        case .success(let runtime): return runtime
        case .failure(.notFound): continue
        case .failure(let error): if failure == .notFound { failure = error }
        }
      }
      // A runtime that was found but cannot be used is not found better in another way.
      if failure != .notFound { break }
    }
    if failure == .notFound, let old = oldVersion(symbols: &symbols, memory: &memory) {
      failure = .unsupported(old)
    }
    throw failure
  }

  private static func runtime(
    in module: MappedModule, by origin: PythonRuntime.Origin, symbols: inout some SymbolLookup,
    memory: inout some RemoteMemory
  ) -> Result<PythonRuntime, RuntimeError> {
    guard
      let found = anchor(in: module, by: origin, symbols: &symbols, memory: &memory),
      let target = identify(found, in: module, symbols: &symbols, memory: &memory)
    else { return .failure(.notFound) }
    guard let layout = target.layout else { return .failure(.unsupported(target.version)) }
    var runtime = PythonRuntime(
      version: target.version, address: found, layout: layout, layoutSource: target.source,
      module: module, origin: origin,
      codeType: symbols.symbol(named: "PyCode_Type", in: module)?.start,
      stringType: symbols.symbol(named: "PyUnicode_Type", in: module)?.start)
    runtime.versionIsRead = target.isRead
    return verified(runtime, memory: &memory)
  }

  private static func verified(
    _ runtime: PythonRuntime, memory: inout some RemoteMemory
  ) -> Result<PythonRuntime, RuntimeError> {
    let head = memory.pointer(at: runtime.address + runtime.layout.runtime.interpretersHead)
    guard let head, !head.isNull else { return .failure(.notInitialized(runtime.version)) }
    var contradiction = RuntimeCheck.unreadable
    for _ in 0..<attempts {
      do throws(RuntimeCheck) {
        return .success(try runtime.checked(memory: &memory))
      } catch {
        contradiction = error
      }
    }
    return .failure(.inconsistent(runtime.version, contradiction))
  }

  /// Where `_PyRuntime` is in the module, if it is there.
  static func anchor(
    in module: MappedModule, by origin: PythonRuntime.Origin, symbols: inout some SymbolLookup,
    memory: inout some RemoteMemory
  ) -> RemoteAddress? {
    switch origin {
    case .symbol: symbols.symbol(named: "_PyRuntime", in: module)?.start
    case .section: symbols.section(named: ".PyRuntime", in: module)?.start
    case .cookie: cookieScan(module, memory: &memory)
    case .pointers:
      scanVersion(of: module, memory: &memory).flatMap { Layout.table(for: $0) }.flatMap {
        pointerScan(module, layout: $0, memory: &memory)
      }
    }
  }

  /// The main executable stays first: an interpreter linked statically is there, and a copy
  /// relocation moves a library's `_PyRuntime` there.
  static func likelyFirst(_ modules: [MappedModule]) -> [MappedModule] {
    let likely = modules.dropFirst().filter(looksLikePython)
    let others = modules.dropFirst().filter { !looksLikePython($0) }
    return modules.prefix(1) + likely + others
  }

  private static func looksLikePython(_ module: MappedModule) -> Bool {
    PythonVersion(inPath: module.name) != nil
  }

  private static func scanVersion(
    of module: MappedModule, memory: inout some RemoteMemory
  ) -> PythonVersion? {
    PythonVersion(inPath: module.name) ?? textVersion(in: module, minor: nil, memory: &memory)
  }

  // MARK: What may hold a runtime under any name

  /// Less writable memory than any CPython's own (3.8 to 3.15: 300 KB to 1 MB).
  private static let leastWritable = 128 << 10
  /// How much of the memory of modules that do not look like Python is searched. Reading and comparing
  /// so much takes some 20 ms.
  private static let scanLimit = 24 << 20

  /// Those that look like Python, then others that are large enough, up to a limit: the executable and
  /// what is no part of the system first.
  private static func worthScanning(_ modules: [MappedModule]) -> [MappedModule] {
    let likely = modules.filter(looksLikePython)
    let others = modules.filter { !looksLikePython($0) && writable($0) >= leastWritable }
    var budget = scanLimit
    let ordered = others.filter { !isOfSystem($0) } + others.filter(isOfSystem)
    return likely
      + ordered.prefix { module in
        budget -= writable(module)
        return budget >= 0
      }
  }

  private static func writable(_ module: MappedModule) -> Int {
    module.writableRanges.reduce(0) { $0 + $1.count }
  }

  /// Libraries that nobody builds an interpreter into.
  private static func isOfSystem(_ module: MappedModule) -> Bool {
    let names = ["libc.", "libm.", "libstdc++.", "libcrypto.", "libssl.", "libsqlite3.", "libicu"]
    return names.contains { module.name.hasPrefix($0) }
  }
}

extension PythonRuntime.Origin {
  /// True for a look-up by name, false for a search through memory.
  fileprivate var isExact: Bool { self == .symbol || self == .section }
}
