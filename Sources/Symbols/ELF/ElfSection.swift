/// One section header of an ELF file.
public struct ElfSection: Hashable, Sendable {
  public var name: String
  /// `SHT_…`
  public var type: UInt32
  /// `SHF_…`
  public var flags: UInt64
  /// Link-time address; 0 where it is not loaded.
  public var address: UInt64
  public var fileOffset: UInt64
  /// In bytes.
  public var size: UInt64
  /// Index of the section with its strings, for symbol tables.
  public var link: UInt32
  /// Bytes of one entry, for tables; 0 for others.
  public var entrySize: UInt64 = 0

  /// One past its last link-time address.
  public var end: UInt64 { address &+ size }

  /// True for a section with instructions.
  var isCode: Bool { flags & 4 != 0 }  // SHF_EXECINSTR

  /// `SHT_NOBITS`
  static let withoutBytes: UInt32 = 8
}
