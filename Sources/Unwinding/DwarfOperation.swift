/// One operation of a DWARF expression (DWARF 5, section 2.5), in libdw's decoded form.
struct DwarfOperation: Hashable, BitwiseCopyable {
  /// `DW_OP_…`
  var atom: UInt8
  /// First operand; signed ones as their bit pattern.
  var number: UInt64 = 0
  /// Second operand.
  var number2: UInt64 = 0
  /// Position of the operation in the encoded expression, in bytes: branches are relative to it.
  var offset: UInt64 = 0
}
