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

/// Turns what libdw says about one row into a rule. Runs once per row: libdw interprets the FDE's
/// program from its start for each.
enum RowCompiler {
  /// Nil if nothing describes the address, or if the description cannot be used.
  static func row(at linkAddress: UInt64, in information: CallFrameInfo) -> CompiledRow? {
    information.withFrame(at: linkAddress, row)?.flatMap { $0 }
  }

  private static func row(_ frame: OpaquePointer) -> CompiledRow? {
    var end: Dwarf_Addr = 0
    var isSignalFrame = false
    guard
      dwarf_frame_info(frame, nil, &end, &isSignalFrame)
        == Int32(ExpressionRule.returnAddress),
      let cfa = cfa(frame)
    else { return nil }
    var registers: [ExpressionRule.Register] = []
    for number in 0..<ExpressionRule.registerCount {
      guard let rule = register(frame, Int32(number)) else { return nil }
      registers.append(rule)
    }
    let row = ExpressionRule(cfa: cfa, registers: registers, isSignalFrame: isSignalFrame)
    return CompiledRow(
      end: end, rule: row.plain.map { .plain($0) } ?? .expression(row))
  }

  private static func cfa(_ frame: OpaquePointer) -> ExpressionRule.CFA? {
    var operations: UnsafeMutablePointer<Dwarf_Op>?
    var count = 0
    guard dwarf_frame_cfa(frame, &operations, &count) == 0, count > 0 else { return nil }
    let expression = copied(operations, count)
    if count == 1, let (register, offset) = expression[0].baseRegister {
      return .register(register, offset: offset)
    }
    return .expression(expression)
  }

  /// libdw's forms are described at `dwarf_frame_register` in <elfutils/libdw.h>.
  private static func register(_ frame: OpaquePointer, _ number: Int32) -> ExpressionRule.Register?
  {
    withUnsafeTemporaryAllocation(of: Dwarf_Op.self, capacity: 3) { memory in
      var operations: UnsafeMutablePointer<Dwarf_Op>?
      var count = 0
      guard let start = memory.baseAddress,
        dwarf_frame_register(frame, number, start, &operations, &count) == 0
      else { return nil }
      if count == 0 { return operations == nil ? .same : .undefined }
      return classified(copied(operations, count))
    }
  }

  private static func classified(_ operations: [DwarfOperation]) -> ExpressionRule.Register {
    var operations = operations
    let isValue = operations.last?.atom == UInt8(DW_OP_stack_value)
    if isValue { operations.removeLast() }
    if operations.count == 1, operations[0].atom == UInt8(DW_OP_regx), !isValue,
      operations[0].number < 256
    {
      return .register(UInt8(operations[0].number))
    }
    if operations.first?.atom == UInt8(DW_OP_call_frame_cfa) {
      let offset: Int64? =
        switch operations.count {
        case 1: 0
        case 2 where operations[1].atom == UInt8(DW_OP_plus_uconst):
          Int64(bitPattern: operations[1].number)
        default: nil
        }
      if let offset { return isValue ? .isCFA(offset) : .atCFA(offset) }
    }
    return isValue ? .isExpression(operations) : .atExpression(operations)
  }

  private static func copied(
    _ operations: UnsafeMutablePointer<Dwarf_Op>?, _ count: Int
  ) -> [DwarfOperation] {
    UnsafeBufferPointer(start: operations, count: count).map {
      DwarfOperation(atom: $0.atom, number: $0.number, number2: $0.number2, offset: $0.offset)
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
