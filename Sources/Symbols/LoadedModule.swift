public import SampleTypes

/// One ELF file as it is mapped into the target, or the vdso.
///
/// Its image is opened and its tables are built on first use. For one thread at a time: libelf and
/// libdw are not thread-safe.
public final class LoadedModule {
  /// Position in `ModuleTable.loadedModules`; never reused while the table lives.
  public let index: Int
  /// As `/proc/PID/maps` spells it, without a trailing ` (deleted)`; `[vdso]` for the vdso.
  public let path: String
  /// What to add to a link-time address to get an address in the target; 0 for `ET_EXEC`.
  public let loadBias: UInt64
  /// From the start of the lowest mapping to the end of the highest.
  public let range: AddressRange
  /// Ascending.
  public let executableRanges: [AddressRange]
  /// Ascending; `.bss` included.
  public let writableRanges: [AddressRange]

  private let source: ModuleSource
  private lazy var opened: Result<ElfImage, ElfError> = source.open()
  /// By start.
  private var functions: [UInt64: NativeFunction] = [:]

  private lazy var stubs: PltStubs? = image.flatMap { PltStubs($0) }

  /// `.symtab` and `.dynsym`, also those of a separate debug file; empty without an image.
  public private(set) lazy var symbols = SymbolTable(
    [image, image.flatMap { source.symbolImage(of: $0, separate: separateImage) }]
      .compactMap { $0 })
  private lazy var separateImage: ElfImage? = image.flatMap(source.separateImage)
  /// Nil without an image.
  public private(set) lazy var callFrameInfo: CallFrameInfo? = image.map(CallFrameInfo.init)

  init(
    index: Int, source: ModuleSource, loadBias: UInt64, range: AddressRange,
    executableRanges: [AddressRange], writableRanges: [AddressRange]
  ) {
    self.index = index
    self.source = source
    self.path = source.path
    self.loadBias = loadBias
    self.range = range
    self.executableRanges = executableRanges
    self.writableRanges = writableRanges
  }

  /// Last component of `path`.
  public var name: String { String(path.split(separator: "/").last ?? Substring(path)) }

  /// The opened file; nil if it cannot be read, for which `imageError` gives the reason.
  public var image: ElfImage? { try? opened.get() }

  /// Why there is no image.
  public var imageError: ElfError? {
    if case .failure(let error) = opened { error } else { nil }
  }

  /// Lower-case hexadecimal of the GNU build ID note; nil where there is none or no image.
  public var buildID: String? { image?.buildID }

  /// True where the static functions have names too: a `.symtab`, in the file, in its separate debug
  /// file, or compressed inside.
  public var hasFullSymbols: Bool {
    guard let image else { return false }
    return image.section(named: ".symtab") != nil
      || source.symbolImage(of: image, separate: separateImage) != nil
  }

  /// The link-time address of an address in the target.
  public func linkAddress(of address: UInt64) -> UInt64 { address &- loadBias }

  /// The address in the target of a link-time address.
  public func address(ofLinkAddress linkAddress: UInt64) -> UInt64 { linkAddress &+ loadBias }

  /// True if one of the executable mappings contains an address in the target.
  public func isExecutable(_ address: UInt64) -> Bool {
    executableRanges.contains { $0.contains(RemoteAddress(address)) }
  }

  /// The function that contains a link-time address; never fails, because code without a symbol
  /// is named after the module and the start of its FDE. Cached per function.
  public func function(at linkAddress: UInt64) -> NativeFunction {
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

  /// Where DWARF for this module is; nil if there is none, or the vdso's. `mayDownload` counts on
  /// debuginfod where nothing is installed.
  public func debugSource(mayDownload: Bool) -> DebugSource? {
    for image in [image, separateImage] {
      if let image, image.hasDebugInformation, let file = image.openFile {
        return .file(DebugFile(file))
      }
    }
    guard mayDownload, path.hasPrefix("/"), let buildID else { return nil }
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
