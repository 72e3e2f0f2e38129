/// One row of call frame information of any form: PLT stubs, signal trampolines, functions that
/// realign their stack.
struct ExpressionRule: Hashable {
  enum CFA: Hashable {
    case register(UInt8, offset: Int64)
    case expression([DwarfOperation])
  }

  /// Where one register of the caller is (DWARF 5, section 6.4.1).
  enum Register: Hashable {
    case undefined
    case same
    /// In memory at CFA + offset.
    case atCFA(Int64)
    /// Equal to CFA + offset.
    case isCFA(Int64)
    /// In another register.
    case register(UInt8)
    /// In memory at the address that the expression yields.
    case atExpression([DwarfOperation])
    /// Equal to what the expression yields.
    case isExpression([DwarfOperation])
  }

  var cfa: CFA
  /// By DWARF number; 16 is the return address.
  var registers: [Register]
  var isSignalFrame: Bool

  /// The 16 general registers and the return address.
  static let registerCount = 17
  static let returnAddress = 16
}
