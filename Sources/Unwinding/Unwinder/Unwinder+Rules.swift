import SampleTypes

extension Unwinder {
  /// Leaves the frame that `state` describes: afterwards it describes the caller.
  @inline(__always)
  static func stepPlain(
    _ state: inout UnwindState, _ rule: UnwindRule, _ stack: StackBytes
  ) -> Step {
    guard let base = state.value(Int(rule.cfaRegister)) else { return .stop(.badCFA) }
    let cfa = base &+ UInt64(bitPattern: Int64(rule.cfaOffset))
    // The stack grows down: a CFA that does not lie above the frame's own stack pointer would
    // also make the walk go round in circles.
    guard cfa > state.registers.rsp || rule.isSignalFrame else { return .stop(.badCFA) }
    if rule.returnAddressOffset == UnwindRule.noReturnAddress {
      return Step(cfa: cfa, outcome: .complete)
    }
    let slot = cfa &+ UInt64(bitPattern: Int64(rule.returnAddressOffset))
    guard let returnAddress = stack.word(at: slot) else {
      return .stop(slot >= stack.start ? .stackEnds : .unreadable, cfa: cfa)
    }
    guard returnAddress != 0 else { return .atZero(cfa: cfa) }
    restore(&state, rule, cfa, stack)
    state.registers.rip = returnAddress
    state.registers.rsp = cfa
    return Step(cfa: cfa, wasInterrupted: rule.isSignalFrame)
  }

  /// The caller's callee-saved registers; the others are lost by any call.
  @inline(__always)
  static func restore(
    _ state: inout UnwindState, _ rule: UnwindRule, _ cfa: UInt64, _ stack: StackBytes
  ) {
    var known = state.known & UnwindState.afterReturn | 1 << 7 | 1 << 16
    let stackPointer = state.registers.rsp
    restore(&state.registers.rbx, rule.rbx, 3, &known, cfa, stackPointer, stack)
    restore(&state.registers.rbp, rule.rbp, 6, &known, cfa, stackPointer, stack)
    restore(&state.registers.r12, rule.r12, 12, &known, cfa, stackPointer, stack)
    restore(&state.registers.r13, rule.r13, 13, &known, cfa, stackPointer, stack)
    restore(&state.registers.r14, rule.r14, 14, &known, cfa, stackPointer, stack)
    restore(&state.registers.r15, rule.r15, 15, &known, cfa, stackPointer, stack)
    state.known = known
  }

  @inline(__always)
  private static func restore(
    _ register: inout UInt64, _ slot: UnwindRule.Slot, _ number: UInt32, _ known: inout UInt32,
    _ cfa: UInt64, _ stackPointer: UInt64, _ stack: StackBytes
  ) {
    if slot == UnwindRule.same { return }
    let address = cfa &+ UInt64(bitPattern: Int64(slot))
    if slot != UnwindRule.undefined {
      if let value = stack.word(at: address) {
        register = value
        known |= 1 << number
        return
      }
      // A slot below the stack pointer was popped already: compilers leave it in the epilogue's
      // rows, and the register has the value again.
      if address < stackPointer { return }
    }
    register = 0
    known &= ~(1 << number)
  }

  /// The same for a row of any form.
  @inline(never)
  func stepExpression(
    _ state: inout UnwindState, _ rule: UnwindRule, _ stack: StackBytes
  ) -> Step {
    let row = expressions[Int(rule.cfaOffset)]
    var evaluator = DwarfEvaluator(state: state, stack: stack, cfa: nil)
    let cfa: UInt64? =
      switch row.cfa {
      case .register(let number, let offset):
        state.value(Int(number)).map { $0 &+ UInt64(bitPattern: offset) }
      case .expression(let operations): evaluator.evaluate(operations)
      }
    guard let cfa, cfa > state.registers.rsp || row.isSignalFrame else { return .stop(.badCFA) }
    if row.registers[ExpressionRule.returnAddress] == .undefined {
      return Step(cfa: cfa, outcome: .complete)
    }
    guard let caller = Self.caller(of: state, row, cfa, stack) else {
      return .stop(.unreadable, cfa: cfa)
    }
    state = caller
    if caller.registers.rip == 0 { return .atZero(cfa: cfa) }
    return Step(cfa: cfa, wasInterrupted: row.isSignalFrame)
  }

  /// Nil if the return address or the stack pointer cannot be recovered.
  private static func caller(
    of state: UnwindState, _ row: ExpressionRule, _ cfa: UInt64, _ stack: StackBytes
  ) -> UnwindState? {
    var evaluator = DwarfEvaluator(state: state, stack: stack, cfa: cfa)
    var caller = state
    caller.known = 0
    for number in 0..<ExpressionRule.registerCount {
      let value: UInt64? =
        switch row.registers[number] {
        case .undefined: nil
        case .same: state.value(number)
        case .atCFA(let offset): stack.word(at: cfa &+ UInt64(bitPattern: offset))
        case .isCFA(let offset): cfa &+ UInt64(bitPattern: offset)
        case .register(let other): state.value(Int(other))
        case .atExpression(let operations):
          evaluator.evaluate(operations).flatMap { stack.word(at: $0) }
        case .isExpression(let operations): evaluator.evaluate(operations)
        }
      caller.registers.set(dwarf: number, value ?? 0)
      if value != nil { caller.known |= 1 << UInt32(number) }
    }
    let needed: UInt32 = 1 << 7 | 1 << 16
    return caller.known & needed == needed ? caller : nil
  }
}
