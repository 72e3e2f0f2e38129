import CElfutils

/// Evaluates the DWARF expressions that call frame information uses, on copied registers and
/// stack bytes. An expression comes from a file of the target: depth and steps are bounded, and
/// anything unknown gives nil.
struct DwarfEvaluator {
  let state: UnwindState
  let stack: StackBytes
  /// For `DW_OP_call_frame_cfa`; nil while the CFA itself is computed.
  let cfa: UInt64?

  private static let depthLimit = 32
  private static let stepLimit = 256

  private var values = InlineArray<32, UInt64>(repeating: 0)
  private var depth = 0

  init(state: UnwindState, stack: StackBytes, cfa: UInt64?) {
    self.state = state
    self.stack = stack
    self.cfa = cfa
  }

  /// The value on top of the stack after the last operation.
  mutating func evaluate(_ operations: [DwarfOperation]) -> UInt64? {
    depth = 0
    var index = 0
    for _ in 0..<Self.stepLimit {
      guard index < operations.count else { return pop() }
      let operation = operations[index]
      switch Int(operation.atom) {
      case DW_OP_skip:
        guard let target = branchTarget(of: operation, in: operations) else { return nil }
        index = target
      case DW_OP_bra:
        guard let condition = pop(), let target = branchTarget(of: operation, in: operations)
        else { return nil }
        index = condition != 0 ? target : index + 1
      default:
        guard apply(operation) else { return nil }
        index += 1
      }
    }
    return nil
  }

  /// Branches are relative to the next operation: one byte of code and two of distance.
  private func branchTarget(
    of operation: DwarfOperation, in operations: [DwarfOperation]
  ) -> Int? {
    let target = operation.offset &+ 3 &+ operation.number
    if let last = operations.last, target > last.offset { return operations.count }
    return operations.firstIndex { $0.offset == target }
  }

  private mutating func push(_ value: UInt64) -> Bool {
    guard depth < Self.depthLimit else { return false }
    values[depth] = value
    depth += 1
    return true
  }

  private mutating func pop() -> UInt64? {
    guard depth > 0 else { return nil }
    depth -= 1
    return values[depth]
  }

  private func peek(_ index: UInt64) -> UInt64? {
    guard index < UInt64(depth) else { return nil }
    return values[depth - 1 - Int(index)]
  }

  private mutating func apply(_ operation: DwarfOperation) -> Bool {
    if let (register, offset) = operation.baseRegister {
      guard let value = state.value(Int(register)) else { return false }
      return push(value &+ UInt64(bitPattern: offset))
    }
    switch Int(operation.atom) {
    case DW_OP_lit0...DW_OP_lit31: return push(UInt64(operation.atom) - UInt64(DW_OP_lit0))
    case DW_OP_const1u...DW_OP_consts, DW_OP_addr: return push(operation.number)
    case DW_OP_call_frame_cfa: return cfa.map { push($0) } ?? false
    case DW_OP_dup: return peek(0).map { push($0) } ?? false
    case DW_OP_over: return peek(1).map { push($0) } ?? false
    case DW_OP_pick: return peek(operation.number).map { push($0) } ?? false
    case DW_OP_drop: return pop() != nil
    case DW_OP_swap: return swap()
    case DW_OP_rot: return rotate()
    case DW_OP_nop: return true
    case DW_OP_deref: return unary { [stack] in stack.word(at: $0) }
    case DW_OP_deref_size: return dereference(size: operation.number)
    case DW_OP_not: return unary { ~$0 }
    case DW_OP_neg: return unary { 0 &- $0 }
    case DW_OP_abs: return unary { UInt64(Int64(bitPattern: $0).magnitude) }
    case DW_OP_plus_uconst: return unary { $0 &+ operation.number }
    default: return binary(operation.atom)
    }
  }

  private mutating func unary(_ body: (UInt64) -> UInt64?) -> Bool {
    guard let value = pop(), let result = body(value) else { return false }
    return push(result)
  }

  private mutating func dereference(size: UInt64) -> Bool {
    guard size >= 1, size <= 8, let address = pop(), let word = stack.word(at: address)
    else { return false }
    return push(size == 8 ? word : word & ((1 << (size * 8)) - 1))
  }

  private mutating func swap() -> Bool {
    guard let top = pop(), let below = pop() else { return false }
    return push(top) && push(below)
  }

  private mutating func rotate() -> Bool {
    guard let first = pop(), let second = pop(), let third = pop() else { return false }
    return push(first) && push(third) && push(second)
  }

  private mutating func binary(_ atom: UInt8) -> Bool {
    guard let right = pop(), let left = pop(),
      let result = Self.binary(atom, left, right)
    else { return false }
    return push(result)
  }

  /// Comparisons and division are signed (DWARF 5, section 2.5.1).
  private static func binary(_ atom: UInt8, _ left: UInt64, _ right: UInt64) -> UInt64? {
    let (signedLeft, signedRight) = (Int64(bitPattern: left), Int64(bitPattern: right))
    switch Int(atom) {
    case DW_OP_and: return left & right
    case DW_OP_or: return left | right
    case DW_OP_xor: return left ^ right
    case DW_OP_plus: return left &+ right
    case DW_OP_minus: return left &- right
    case DW_OP_mul: return left &* right
    case DW_OP_shl: return left << right
    case DW_OP_shr: return left >> right
    case DW_OP_shra: return UInt64(bitPattern: signedLeft >> right)
    case DW_OP_div:
      let (quotient, failed) = signedLeft.dividedReportingOverflow(by: signedRight)
      return failed ? nil : UInt64(bitPattern: quotient)
    case DW_OP_mod: return right == 0 ? nil : left % right
    case DW_OP_eq: return signedLeft == signedRight ? 1 : 0
    case DW_OP_ge: return signedLeft >= signedRight ? 1 : 0
    case DW_OP_gt: return signedLeft > signedRight ? 1 : 0
    case DW_OP_le: return signedLeft <= signedRight ? 1 : 0
    case DW_OP_lt: return signedLeft < signedRight ? 1 : 0
    case DW_OP_ne: return signedLeft != signedRight ? 1 : 0
    default: return nil
    }
  }
}
