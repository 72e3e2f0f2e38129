/// One row of call frame information: how to get from one frame to its caller while the program is at
/// an address (DWARF 5, section 6.4).
public struct CallFrameRow: Hashable, Sendable {
  /// Bytes of a DWARF expression, by position in the section.
  public typealias Expression = [UInt8]

  public enum CFA: Hashable, Sendable {
    case register(UInt8, offset: Int64)
    case expression(Expression)
  }

  /// Where one register of the caller is (DWARF 5, section 6.4.1).
  public enum Register: Hashable, Sendable {
    /// The file says nothing: the psABI decides.
    case unspecified
    case undefined
    case same
    /// In memory at CFA + offset.
    case atCFA(Int64)
    /// Equal to CFA + offset.
    case isCFA(Int64)
    case register(UInt8)
    /// In memory at the address that the expression yields.
    case atExpression(Expression)
    /// Equal to what the expression yields.
    case isExpression(Expression)
  }

  /// One past the last link-time address of the row.
  public var end: UInt64
  public var cfa: CFA
  /// By DWARF number; 16 is the return address.
  public var registers: [Register]
  public var isSignalFrame: Bool

  /// The 16 general registers and the return address.
  public static let registerCount = 17
}
