import CElfutils

/// One operation of a DWARF expression (DWARF 5, section 2.5).
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

extension DwarfOperation {
  /// The operations of an encoded expression; nil if it holds one that call frame information has no
  /// use for, or ends inside one.
  static func decoded(_ bytes: [UInt8]) -> [DwarfOperation]? {
    var operations: [DwarfOperation] = []
    var rest = OperandReader(bytes: bytes)
    while rest.position < bytes.count {
      var operation = DwarfOperation(atom: bytes[rest.position], offset: UInt64(rest.position))
      rest.position += 1
      guard rest.readOperands(of: &operation) else { return nil }
      operations.append(operation)
    }
    return operations
  }
}

/// Reads the operands that follow an operation (DWARF 5, section 7.7.1).
private struct OperandReader {
  let bytes: [UInt8]
  var position = 0

  mutating func readOperands(of operation: inout DwarfOperation) -> Bool {
    let value: UInt64?
    switch Int(operation.atom) {
    case DW_OP_addr, DW_OP_const8u, DW_OP_const8s: value = fixed(8)
    case DW_OP_const1u, DW_OP_pick, DW_OP_deref_size: value = fixed(1)
    case DW_OP_const1s: value = fixed(1).map { Self.extended($0, bits: 8) }
    case DW_OP_const2u: value = fixed(2)
    case DW_OP_const2s, DW_OP_skip, DW_OP_bra: value = fixed(2).map { Self.extended($0, bits: 16) }
    case DW_OP_const4u: value = fixed(4)
    case DW_OP_const4s: value = fixed(4).map { Self.extended($0, bits: 32) }
    case DW_OP_constu, DW_OP_plus_uconst: value = leb128(isSigned: false)
    case DW_OP_consts, DW_OP_breg0...DW_OP_breg31: value = leb128(isSigned: true)
    case DW_OP_bregx:
      value = leb128(isSigned: false)
      guard let second = leb128(isSigned: true) else { return false }
      operation.number2 = second
    case DW_OP_lit0...DW_OP_lit31, DW_OP_deref, DW_OP_dup, DW_OP_drop, DW_OP_over,
      DW_OP_swap...DW_OP_plus, DW_OP_shl...DW_OP_xor, DW_OP_eq...DW_OP_ne, DW_OP_nop,
      DW_OP_call_frame_cfa:
      value = 0
    default: value = nil
    }
    guard let value else { return false }
    operation.number = value
    return true
  }

  private mutating func fixed(_ count: Int) -> UInt64? {
    guard count <= bytes.count - position else { return nil }
    defer { position += count }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }

  private mutating func leb128(isSigned: Bool) -> UInt64? {
    var value: UInt64 = 0
    for index in 0..<10 {
      guard let byte = fixed(1) else { return nil }
      value |= (byte & 0x7f) << UInt64(7 * index)
      guard byte & 0x80 == 0 else { continue }
      return isSigned ? Self.extended(value, bits: 7 * (index + 1)) : value
    }
    return nil
  }

  private static func extended(_ value: UInt64, bits: Int) -> UInt64 {
    guard bits < 64, value >> UInt64(bits - 1) & 1 == 1 else { return value }
    return value | UInt64.max << UInt64(bits)
  }
}
