import CElfutils
import Symbols

/// One row of call frame information.
struct CompiledRow {
  enum Rule {
    case plain(UnwindRule)
    case expression(ExpressionRule)
  }

  /// One past the last link-time address that it covers.
  var end: UInt64
  var rule: Rule
}

/// Turns one row of call frame information into a rule. Runs once per row.
enum RowCompiler {
  /// Nil if nothing describes the address, or if the description cannot be used.
  static func row(at linkAddress: UInt64, in information: CallFrameInfo) -> CompiledRow? {
    guard let row = information.row(at: linkAddress), let cfa = cfa(row.cfa) else { return nil }
    var registers: [ExpressionRule.Register] = []
    for (number, rule) in row.registers.enumerated() {
      guard let rule = register(number, rule) else { return nil }
      registers.append(rule)
    }
    let rule = ExpressionRule(cfa: cfa, registers: registers, isSignalFrame: row.isSignalFrame)
    return CompiledRow(end: row.end, rule: rule.plain.map { .plain($0) } ?? .expression(rule))
  }

  private static func cfa(_ cfa: CallFrameRow.CFA) -> ExpressionRule.CFA? {
    switch cfa {
    case .register(let number, let offset): return .register(number, offset: offset)
    case .expression(let bytes):
      guard let operations = DwarfOperation.decoded(bytes), !operations.isEmpty else { return nil }
      if operations.count == 1, let (register, offset) = operations[0].baseRegister {
        return .register(register, offset: offset)
      }
      return .expression(operations)
    }
  }

  private static func register(
    _ number: Int, _ rule: CallFrameRow.Register
  ) -> ExpressionRule.Register? {
    switch rule {
    case .unspecified: unspecified(number)
    case .undefined: .undefined
    case .same: .same
    case .atCFA(let offset): .atCFA(offset)
    case .isCFA(let offset): .isCFA(offset)
    case .register(let other): .register(other)
    case .atExpression(let bytes): DwarfOperation.decoded(bytes).map { .atExpression($0) }
    case .isExpression(let bytes): DwarfOperation.decoded(bytes).map { .isExpression($0) }
    }
  }

  /// x86-64 psABI, section 3.2.1: rbx, rbp and r12–r15 belong to the caller, and its stack pointer is
  /// the CFA. A return address that is nowhere makes the row useless.
  private static func unspecified(_ number: Int) -> ExpressionRule.Register? {
    switch number {
    case 3, 6, 12...15: .same
    case 7: .isCFA(0)
    case ExpressionRule.returnAddress: nil
    default: .undefined
    }
  }
}

extension DwarfOperation {
  /// Register and offset of a `DW_OP_breg…`.
  var baseRegister: (register: UInt8, offset: Int64)? {
    if atom == UInt8(DW_OP_bregx), number < 256 {
      return (UInt8(number), Int64(bitPattern: number2))
    }
    guard atom >= UInt8(DW_OP_breg0), atom <= UInt8(DW_OP_breg31) else { return nil }
    return (atom - UInt8(DW_OP_breg0), Int64(bitPattern: number))
  }
}

extension ExpressionRule {
  /// The same row as an `UnwindRule`, if it fits. Caller-saved registers are dropped there: no
  /// caller can rely on them.
  var plain: UnwindRule? {
    guard case .register(let register, let offset) = cfa, let cfaOffset = Int32(exactly: offset),
      registers[7] == .isCFA(0)
    else { return nil }
    var rule = UnwindRule(kind: .plain)
    rule.isSignalFrame = isSignalFrame
    rule.cfaRegister = register
    rule.cfaOffset = cfaOffset
    switch registers[Self.returnAddress] {
    case .undefined: rule.returnAddressOffset = UnwindRule.noReturnAddress
    case .atCFA(let offset) where offset > Int64(Int32.min) && offset <= Int64(Int32.max):
      rule.returnAddressOffset = Int32(offset)
    default: return nil
    }
    guard let rbx = slot(3), let rbp = slot(6), let r12 = slot(12), let r13 = slot(13),
      let r14 = slot(14), let r15 = slot(15)
    else { return nil }
    (rule.rbx, rule.rbp, rule.r12) = (rbx, rbp, r12)
    (rule.r13, rule.r14, rule.r15) = (r13, r14, r15)
    return rule
  }

  private func slot(_ number: Int) -> UnwindRule.Slot? {
    switch registers[number] {
    case .same: UnwindRule.same
    case .undefined: UnwindRule.undefined
    case .atCFA(let offset) where offset > Int64(Int16.min) + 1 && offset <= Int64(Int16.max):
      UnwindRule.Slot(offset)
    default: nil
    }
  }
}
