/// The table that maps bytecode to lines, in the encoding of its version.
public struct LineTable: Hashable, Sendable {
  public var encoding: Encoding
  public var bytes: [UInt8]

  public enum Encoding: UInt8, Sendable, CaseIterable {
    /// `co_lnotab`, up to 3.9.
    case lineDeltas
    /// `co_linetable` of 3.10 (PEP 626).
    case ranges
    /// `co_linetable` from 3.11 on (Objects/locations.md).
    case locations

    public init(minor: Int) {
      self = minor <= 9 ? .lineDeltas : minor == 10 ? .ranges : .locations
    }
  }

  public init(encoding: Encoding, bytes: [UInt8]) {
    self.encoding = encoding
    self.bytes = bytes
  }

  /// The line at a byte offset, or nil if the table gives it none or ends before it.
  public func line(atByteOffset offset: Int32, firstLine: Int32) -> Int32? {
    nil
  }
}
