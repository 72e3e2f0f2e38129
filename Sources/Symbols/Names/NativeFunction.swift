/// One function of a module's machine code, by link-time addresses.
public struct NativeFunction: Hashable, Sendable {
  /// The demangled symbol, or `libz.so.1+0x4f10` (module and start) where there is no symbol.
  public var name: String
  /// First byte of the function, as a link-time address.
  public var start: UInt64
  /// One past the last byte; equal to `start` where the extent is unknown.
  public var end: UInt64
  /// False where `name` was made from the module and an address.
  public var isSymbol: Bool

  public init(name: String, start: UInt64, end: UInt64, isSymbol: Bool) {
    self.name = name
    self.start = start
    self.end = end
    self.isSymbol = isSymbol
  }
}
