/// One row of call frame information in the form that nearly every row has (DWARF 5,
/// section 6.4.1): `CFA = register + offset`, and callee-saved registers unchanged or stored at
/// small offsets from the CFA.
///
/// Rows of another form refer to an `ExpressionRule` by index. Small, because thousands are held
/// in a cache that every frame of every stack goes through.
struct UnwindRule: Hashable, BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    /// The fields say it all.
    case plain
    /// `cfaOffset` is an index in the unwinder's expression rules.
    case expression
    /// Executable memory that no call frame information describes.
    case none
    /// The address is in no executable mapping.
    case notCode
  }

  /// Where a callee-saved register of the caller is: an offset in bytes from the CFA, or one of
  /// the two values below, which no offset takes.
  typealias Slot = Int16

  /// The register still holds the caller's value.
  static let same: Slot = .min
  /// The caller's value is lost.
  static let undefined: Slot = .min + 1
  /// In `returnAddressOffset`: this is the outermost frame.
  static let noReturnAddress: Int32 = .min

  var kind: Kind
  /// True where the caller was interrupted, not calling: its address is exact.
  var isSignalFrame = false
  /// DWARF number of the register that the CFA is relative to.
  var cfaRegister: UInt8 = 7
  var cfaOffset: Int32 = 0
  var returnAddressOffset: Int32 = -8
  var rbx = same
  var rbp = same
  var r12 = same
  var r13 = same
  var r14 = same
  var r15 = same
}
