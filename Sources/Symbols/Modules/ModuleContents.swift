/// What one ELF file, or the vdso, holds: symbols, call frame information, where its lines are.
///
/// The image is opened and tables are built on first use. For one thread at a time: libelf and libdw
/// are not thread-safe.
final class ModuleContents {
  /// As `/proc/PID/maps` spells it, without a trailing ` (deleted)`; `[vdso]` for the vdso.
  let path: String
  private let source: ModuleSource
  private lazy var opened: Result<ElfImage, ElfError> = {
    isOpened = true
    return source.open()
  }()
  /// Only what stacks go through is.
  private(set) var isOpened = false
  /// By start.
  private var functions: [UInt64: NativeFunction] = [:]
  private var coldParts: [String: UInt64?] = [:]

  private lazy var stubs: PltStubs? = image.flatMap { PltStubs($0) }

  /// `.symtab` and `.dynsym`, also those of a separate debug file; empty without an image.
  private(set) lazy var symbols = SymbolTable(
    [image, image.flatMap { source.symbolImage(of: $0, separate: separateImage) }]
      .compactMap { $0 })
  private lazy var separateImage: ElfImage? = image.flatMap(source.separateImage)
  /// Nil without an image.
  private(set) lazy var callFrameInfo: CallFrameInfo? = image.map(CallFrameInfo.init)

  init(_ source: ModuleSource) {
    self.source = source
    path = source.path
  }

  /// Last component of `path`.
  var name: String { String(path.split(separator: "/").last ?? Substring(path)) }

  /// The opened file; nil if it cannot be read, for which `imageError` gives the reason.
  var image: ElfImage? { try? opened.get() }

  /// Why there is no image.
  var imageError: ElfError? {
    if case .failure(let error) = opened { error } else { nil }
  }

  /// See `LoadedModule.hasFullSymbols`.
  var hasFullSymbols: Bool {
    guard let image else { return false }
    return image.section(named: ".symtab") != nil
      || source.symbolImage(of: image, separate: separateImage) != nil
  }

  /// The function that contains a link-time address; never fails, because code without a symbol
  /// is named after the module and the start of its FDE. Cached per function.
  func function(at linkAddress: UInt64) -> NativeFunction {
    let span = symbols.span(at: linkAddress)
    if let span, span.isSized { return named(span) }
    if let stub = stubs?.function(at: linkAddress) { return stub }
    let description = callFrameInfo?.range(containing: linkAddress)
    // A symbol of size 0 ends where call frame information starts another function.
    if let span, description.map({ $0.start <= span.symbolStart }) ?? true { return named(span) }
    if let description { return unnamed(description) }
    let start = max(symbols.endOfSymbol(before: linkAddress) ?? 0, sectionStart(linkAddress))
    // Its real end is unknown, and one name must not have several extents.
    return unnamed(start: min(start, linkAddress), end: min(start, linkAddress))
  }

  /// Where the part of a function is that the compiler has moved away from it, as a link-time address;
  /// nil if there is none, or it has a symbol of its own.
  func coldPart(ofFunction name: String) -> UInt64? {
    if let known = coldParts[name] { return known }
    let found = findColdPart(name)
    coldParts[name] = .some(found)
    return found
  }

  private func findColdPart(_ name: String) -> UInt64? {
    guard let image, let callFrameInfo, let symbol = symbols.symbol(named: name) else { return nil }
    let function = symbol.address..<max(symbol.address, symbol.address &+ symbol.size)
    let range = ColdPart.range(of: function, in: image, callFrameInfo: callFrameInfo) {
      symbols.span(at: $0)?.isSized == true
    }
    return range?.start
  }

  /// Where DWARF for this module is; nil if there is none, or the vdso's. `mayDownload` counts on
  /// debuginfod where nothing is installed.
  func debugSource(mayDownload: Bool) -> DebugSource? {
    for image in [image, separateImage] {
      if let image, image.hasDebugInformation, let file = image.openFile {
        return .file(DebugFile(file, places: source.debugFiles))
      }
    }
    guard mayDownload, path.hasPrefix("/"), let buildID = image?.buildID else { return nil }
    return .download(buildID: buildID)
  }

  private func named(_ span: SymbolTable.Span) -> NativeFunction {
    if let known = functions[span.symbolStart], known.isSymbol { return known }
    let symbol = symbols.symbol(span)
    let function = NativeFunction(
      name: demangled(symbol.name), start: symbol.start, end: symbol.end, isSymbol: true)
    functions[symbol.start] = function
    return function
  }

  private func unnamed(_ description: FrameDescriptions.Range) -> NativeFunction {
    // The FDE of a signal trampoline starts one byte before its symbol, so that a return address
    // minus one finds it (glibc, sysdeps/unix/sysv/linux/x86_64/libc_sigaction.c).
    let next = description.start &+ 1
    if description.isSignalFrame, let span = symbols.span(at: next), span.symbolStart == next {
      return named(span)
    }
    return unnamed(start: description.start, end: description.end)
  }

  private func unnamed(start: UInt64, end: UInt64) -> NativeFunction {
    if let known = functions[start], !known.isSymbol { return known }
    let function = NativeFunction(
      name: "\(name)+0x\(String(start, radix: 16))", start: start, end: end, isSymbol: false)
    functions[start] = function
    return function
  }

  private func sectionStart(_ linkAddress: UInt64) -> UInt64 {
    let sections = image?.sections ?? []
    return sections.first { $0.address > 0 && $0.address <= linkAddress && linkAddress < $0.end }?
      .address ?? linkAddress
  }
}
