import SampleTypes
import Testing

@testable import Unwinding

struct UnwindRuleTests {
  @Test func theCacheEntryStaysSmall() {
    #expect(MemoryLayout<UnwindRule>.size <= 24)
  }

  private func registers(sp: UInt64, _ change: (inout Registers) -> Void = { _ in }) -> UnwindState
  {
    var registers = Registers()
    registers.rsp = sp
    registers.rip = 0x400100
    change(&registers)
    return UnwindState(registers)
  }

  @Test func functionEntry() {
    let stack = LiteralStack(start: 0x1000, words: [0x400200, 0])
    var state = registers(sp: 0x1000) { $0.rbx = 5 }
    let rule = UnwindRule(kind: .plain, cfaOffset: 8)
    let step = stack.withBytes { Unwinder.stepPlain(&state, rule, $0) }
    #expect(step.cfa == 0x1008 && step.outcome == nil)
    #expect(state.registers.rip == 0x400200 && state.registers.rsp == 0x1008)
    #expect(state.registers.rbx == 5)
    #expect(state.value(0) == nil, "rax does not survive a call")
  }

  @Test func savedRegistersAreRestored() {
    let stack = LiteralStack(start: 0x1000, words: [9, 15, 14, 13, 12, 3, 6, 0x400200])
    var state = registers(sp: 0x1000) { $0.rbp = 0x1030 }
    var rule = UnwindRule(kind: .plain, cfaRegister: 6, cfaOffset: 16)
    (rule.rbp, rule.rbx, rule.r12) = (-16, -24, -32)
    (rule.r13, rule.r14, rule.r15) = (-40, -48, -56)
    _ = stack.withBytes { Unwinder.stepPlain(&state, rule, $0) }
    #expect(
      state.saved == SavedRegisters(rbx: 3, rbp: 6, r12: 12, r13: 13, r14: 14, r15: 15))
    #expect(state.registers.rip == 0x400200 && state.registers.rsp == 0x1040)
  }

  /// In an epilogue the row still names the slot that was popped.
  @Test func poppedSlotBelowTheCopyKeepsTheRegister() {
    let stack = LiteralStack(start: 0x1000, words: [0x400200])
    var state = registers(sp: 0x1000) { ($0.rbx, $0.r12) = (77, 88) }
    var rule = UnwindRule(kind: .plain, cfaOffset: 8)
    rule.rbx = -16
    rule.r12 = UnwindRule.undefined
    _ = stack.withBytes { Unwinder.stepPlain(&state, rule, $0) }
    #expect(state.registers.rbx == 77 && state.value(3) == 77)
    #expect(state.registers.r12 == 0 && state.value(12) == nil)
  }

  @Test func endsAreTold() {
    let stack = LiteralStack(start: 0x1000, words: [0, 1])
    func outcome(_ rule: UnwindRule, sp: UInt64 = 0x1000) -> UnwindOutcome? {
      var state = registers(sp: sp)
      return stack.withBytes { Unwinder.stepPlain(&state, rule, $0) }.outcome
    }
    let undefined = UnwindRule.noReturnAddress
    #expect(
      outcome(UnwindRule(kind: .plain, cfaOffset: 8, returnAddressOffset: undefined)) == .complete)
    #expect(outcome(UnwindRule(kind: .plain, cfaOffset: 8)) == .complete, "return address 0")
    #expect(outcome(UnwindRule(kind: .plain, cfaOffset: 0)) == .truncated(.badCFA))
    #expect(outcome(UnwindRule(kind: .plain, cfaOffset: -64)) == .truncated(.badCFA))
    #expect(outcome(UnwindRule(kind: .plain, cfaOffset: 0x100)) == .truncated(.stackEnds))
    #expect(outcome(UnwindRule(kind: .plain, cfaOffset: 8), sp: 0x800) == .truncated(.unreadable))
    #expect(outcome(UnwindRule(kind: .plain, cfaRegister: 200)) == .truncated(.badCFA))
    #expect(outcome(UnwindRule(kind: .plain, cfaOffset: 8), sp: .max) == .truncated(.badCFA))
  }

  @Test func onlyRowsThatFitArePlain() {
    var row = ExpressionRule(
      cfa: .register(7, offset: 16),
      registers: Array(repeating: .undefined, count: 17), isSignalFrame: false)
    for number in [3, 6, 12, 13, 14, 15] { row.registers[number] = .same }
    row.registers[7] = .isCFA(0)
    row.registers[16] = .atCFA(-8)
    row.registers[6] = .atCFA(-16)
    let plain = row.plain
    #expect(plain?.rbp == -16 && plain?.rbx == UnwindRule.same && plain?.cfaOffset == 16)

    func fits(_ change: (inout ExpressionRule) -> Void) -> Bool {
      var changed = row
      change(&changed)
      return changed.plain != nil
    }
    #expect(fits { $0.registers[16] = .undefined })
    #expect(!fits { $0.registers[6] = .atCFA(-40000) })
    #expect(!fits { $0.registers[6] = .atExpression([]) })
    #expect(!fits { $0.registers[16] = .register(2) })
    #expect(!fits { $0.registers[7] = .atCFA(-8) })
    #expect(!fits { $0.cfa = .register(7, offset: 1 << 40) })
    #expect(!fits { $0.cfa = .expression([]) })
  }
}
