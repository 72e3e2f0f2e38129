/// Where symbols and sections of the target's mapped ELF files lie in its memory.
///
/// The CPython reader finds the runtime through this, so that it needs neither ELF nor files.
public protocol SymbolLookup {
  /// Every mapped ELF file that has executable code, the main executable first.
  var modules: [MappedModule] { get }

  /// Address and size of a symbol of the module, from `.dynsym` first, then `.symtab`.
  mutating func symbol(named name: String, in module: MappedModule) -> AddressRange?

  /// Address and size of a section of the module as it is mapped.
  mutating func section(named name: String, in module: MappedModule) -> AddressRange?

  /// Up to `count` bytes of the module's file at the place that is mapped at `address`; serves
  /// constants and initial values before the process can be read. Nil where the file has none.
  mutating func fileBytes(at address: RemoteAddress, count: Int, in module: MappedModule)
    -> [UInt8]?
}

/// A half-open range of addresses in the target.
@frozen
public struct AddressRange: Hashable, Sendable, BitwiseCopyable {
  public var start: RemoteAddress
  public var end: RemoteAddress

  @inlinable
  public init(start: RemoteAddress, end: RemoteAddress) {
    self.start = start
    self.end = end
  }

  @inlinable
  public var count: Int { end - start }

  @inlinable
  public func contains(_ address: RemoteAddress) -> Bool { start <= address && address < end }
}

/// One ELF file mapped into the target.
public struct MappedModule: Hashable, Sendable {
  /// Path as `/proc/PID/maps` spells it, without a trailing ` (deleted)`.
  public var path: String
  /// What to add to a link-time address of the file to get an address in the target.
  public var loadBias: UInt64
  /// From the start of its lowest mapping to the end of its highest.
  public var range: AddressRange
  /// Its writable mappings (`.data`, `.bss`), ascending.
  public var writableRanges: [AddressRange]

  public init(
    path: String, loadBias: UInt64, range: AddressRange, writableRanges: [AddressRange]
  ) {
    self.path = path
    self.loadBias = loadBias
    self.range = range
    self.writableRanges = writableRanges
  }

  /// Last component of `path`.
  public var name: String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
  }
}
