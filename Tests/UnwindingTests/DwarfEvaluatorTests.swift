import SampleTypes
import Support
import Testing

@testable import Unwinding

struct DwarfEvaluatorTests {
  private func evaluate(
    _ operations: [DwarfOperation], rip: UInt64 = 0, cfa: UInt64? = nil,
    words: [UInt64] = [11, 22, 33]
  ) -> UInt64? {
    var registers = Registers()
    (registers.rsp, registers.rip, registers.rbp) = (0x1000, rip, 0x1010)
    var state = UnwindState(registers)
    state.known &= ~1  // rax is unknown
    return LiteralStack(start: 0x1000, words: words).withBytes { stack in
      var evaluator = DwarfEvaluator(state: state, stack: stack, cfa: cfa)
      return evaluator.evaluate(operations)
    }
  }

  private func op(_ atom: UInt8, _ number: Int64 = 0, _ number2: Int64 = 0, at offset: UInt64 = 0)
    -> DwarfOperation
  {
    DwarfOperation(
      atom: atom, number: UInt64(bitPattern: number), number2: UInt64(bitPattern: number2),
      offset: offset)
  }

  /// A PLT stub has pushed one more word from its 11th byte on:
  /// `breg7 8; breg16 0; lit15; and; lit11; ge; lit3; shl; plus`.
  @Test(arguments: zip([0, 10, 11, 15], [0x1008, 0x1008, 0x1010, 0x1010]))
  func procedureLinkageTable(inStub: UInt64, cfa: UInt64) {
    let expression = [
      op(0x77, 8), op(0x80), op(0x3f), op(0x1a), op(0x3b), op(0x2a), op(0x33), op(0x24), op(0x22),
    ]
    #expect(evaluate(expression, rip: 0x40_0020 + inStub) == cfa)
  }

  @Test func memoryAndRegisters() {
    #expect(evaluate([op(0x76, -8), op(0x06)]) == 22, "breg6 -8; deref")
    #expect(evaluate([op(0x92, 7, 16), op(0x06)]) == 33, "bregx 7 16; deref")
    #expect(evaluate([op(0x77, 24), op(0x06)]) == nil, "behind the copied stack")
    #expect(evaluate([op(0x70, 0)]) == nil, "unknown register")
    #expect(evaluate([op(0x92, 99, 0)]) == nil, "no such register")
    #expect(evaluate([op(0x9c), op(0x23, -8)], cfa: 0x2000) == 0x1ff8)
    #expect(evaluate([op(0x9c)]) == nil, "the CFA in its own expression")
    #expect(evaluate([op(0x77, 0), op(0x94, 1)], words: [0x1234]) == 0x34, "deref_size 1")
    #expect(evaluate([op(0x77, 0), op(0x94, 9)]) == nil)
  }

  @Test func arithmetic() {
    func binary(_ atom: UInt8, _ left: Int64, _ right: Int64) -> Int64? {
      evaluate([op(0x11, left), op(0x11, right), op(atom)]).map { Int64(bitPattern: $0) }
    }
    #expect(binary(0x1c, 3, 5) == -2)
    #expect(binary(0x1e, -3, 5) == -15)
    #expect(binary(0x1b, -7, 2) == -3)
    #expect(binary(0x1b, 1, 0) == nil)
    #expect(binary(0x1b, .min, -1) == nil)
    #expect(binary(0x1d, 7, 0) == nil)
    #expect(binary(0x24, 1, 64) == 0)
    #expect(binary(0x26, -8, 1) == -4)
    #expect(binary(0x2d, -1, 1) == 1)
    #expect(evaluate([op(0x11, .min), op(0x19)]) == UInt64(1) << 63, "abs of the least number")
    #expect(evaluate([op(0x31), op(0x32), op(0x33), op(0x17)]) == 2, "rot")
    #expect(evaluate([op(0x31), op(0x32), op(0x15, 1)]) == 1, "pick")
  }

  @Test func branches() {
    // lit1; bra +1; lit5 (skipped); lit9
    let taken = [op(0x31, at: 0), op(0x28, 1, at: 1), op(0x35, at: 4), op(0x39, at: 5)]
    #expect(evaluate(taken) == 9)
    let notTaken = [op(0x30, at: 0), op(0x28, 1, at: 1), op(0x35, at: 4)]
    #expect(evaluate(notTaken) == 5)
    #expect(evaluate([op(0x31, at: 0), op(0x2f, -3, at: 1)]) == nil, "a loop ends")
    let inside = [op(0x31, at: 0), op(0x2f, -2, at: 1), op(0x96, at: 4)]
    #expect(evaluate(inside) == nil, "into an operation")
    #expect(evaluate([op(0x31, at: 0), op(0x2f, 0, at: 1)]) == 1, "to the end")
  }

  @Test func corruptExpressionsGiveNothing() {
    #expect(evaluate([]) == nil)
    #expect(evaluate([op(0x22)]) == nil, "plus without operands")
    #expect(evaluate([op(0xe0)]) == nil, "unknown operation")
    #expect(evaluate(Array(repeating: op(0x31), count: 100)) == nil, "too deep")
    #expect(evaluate([op(0x31), op(0x15, .max)]) == nil)
    var random = SeededNumbers(seed: 2)
    for _ in 0..<20_000 {
      let operations = (0..<Int.random(in: 1...12, using: &random)).map { index in
        op(
          .random(in: .min ... .max, using: &random), .random(in: -9...9, using: &random),
          .random(in: .min ... .max, using: &random), at: UInt64(index))
      }
      _ = evaluate(operations, cfa: 0x2000)
    }
  }
}
