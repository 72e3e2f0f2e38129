public import SampleTypes

/// One ELF file as it is mapped into the target, or the vdso.
///
/// What the file holds is shared with the other places, and processes, that map it. For one thread at
/// a time: libelf and libdw are not thread-safe.
public final class LoadedModule {
  /// Of the module in its `ModuleTable`; never reused while the table lives.
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

  private let contents: ModuleContents

  /// `.symtab` and `.dynsym`, also those of a separate debug file; empty without an image.
  public var symbols: SymbolTable { contents.symbols }
  /// Nil without an image.
  public var callFrameInfo: CallFrameInfo? { contents.callFrameInfo }

  init(
    index: Int, contents: ModuleContents, loadBias: UInt64, range: AddressRange,
    executableRanges: [AddressRange], writableRanges: [AddressRange]
  ) {
    self.index = index
    self.contents = contents
    self.path = contents.path
    self.loadBias = loadBias
    self.range = range
    self.executableRanges = executableRanges
    self.writableRanges = writableRanges
  }

  /// Last component of `path`.
  public var name: String { contents.name }

  /// True once anything but its headers was asked for.
  var isOpened: Bool { contents.isOpened }

  /// The opened file; nil if it cannot be read, for which `imageError` gives the reason.
  public var image: ElfImage? { contents.image }

  /// Why there is no image.
  public var imageError: ElfError? { contents.imageError }

  /// Lower-case hexadecimal of the GNU build ID note; nil where there is none or no image.
  public var buildID: String? { contents.image?.buildID }

  /// True where the static functions have names too: a `.symtab`, in the file, in its separate debug
  /// file, or compressed inside.
  public var hasFullSymbols: Bool { contents.hasFullSymbols }

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
    contents.function(at: linkAddress)
  }

  /// Where the part of a function is that the compiler has moved away from it, as a link-time address;
  /// nil if there is none, or it has a symbol of its own. Looked for once.
  public func coldPart(ofFunction name: String) -> UInt64? {
    contents.coldPart(ofFunction: name)
  }

  /// Where DWARF for this module is; nil if there is none, or the vdso's. `mayDownload` counts on
  /// debuginfod where nothing is installed.
  public func debugSource(mayDownload: Bool) -> DebugSource? {
    contents.debugSource(mayDownload: mayDownload)
  }
}
