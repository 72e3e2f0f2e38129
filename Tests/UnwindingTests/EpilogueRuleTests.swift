import Testing

@testable import Unwinding

struct EpilogueRuleTests {
  @Test(
    arguments: [
      // CPython's trampolines: 3.12, and from 3.13 on.
      ([0x48, 0x83, 0xc4, 0x08, 0xc3], UInt8(7), Int32(16), UnwindRule.same),
      ([0x5d, 0xc3], 7, 16, -16),
      ([0xc3], 7, 8, UnwindRule.same),
      ([0xf3, 0xc3], 7, 8, UnwindRule.same),
      ([0xc9, 0xc3], 6, 16, -16),
      (
        [0xc5, 0xf8, 0x77, 0x48, 0x81, 0xc4, 0, 1, 0, 0, 0x5b, 0x5d, 0x41, 0x5f, 0xc3], 7, 288, -24
      ),
    ] as [([UInt8], UInt8, Int32, UnwindRule.Slot)])
  func waysToAReturn(code: [UInt8], register: UInt8, offset: Int32, rbp: UnwindRule.Slot) throws {
    let rule = try #require(EpilogueRule.rule(code))
    #expect(rule.kind == .plain && rule.cfaRegister == register && rule.cfaOffset == offset)
    #expect(rule.rbp == rbp && rule.returnAddressOffset == -8)
  }

  @Test(
    arguments: [
      [], [0x48], [0x48, 0x83, 0xc4], [0x48, 0x83, 0xc4, 0x88, 0xc3], [0x5c, 0xc3],
      [0xe8, 0, 0, 0, 0],
      [0x48, 0x81, 0xc4, 0xff, 0xff, 0xff, 0xff, 0xc3], [0x41, 0xc3],
      [UInt8](repeating: 0x90, count: 32),
    ] as [[UInt8]])
  func otherCodeHasNone(code: [UInt8]) {
    #expect(EpilogueRule.rule(code) == nil)
  }
}
