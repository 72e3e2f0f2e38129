public import SampleTypes

/// The registers inside one frame, as far as they are known.
struct UnwindState {
  var registers: Registers
  /// Bit n: the value of the register with DWARF number n is known.
  var known: UInt32

  static let all: UInt32 = 0x1_ffff
  /// rbx, rbp, rsp, r12–r15 and the return address.
  static let afterReturn: UInt32 = 1 << 3 | 1 << 6 | 1 << 7 | 0xf << 12 | 1 << 16

  init(_ registers: Registers, known: UInt32 = all) {
    self.registers = registers
    self.known = known
  }

  /// Nil for a register that is unknown or has no such number.
  @inline(__always)
  func value(_ number: Int) -> UInt64? {
    guard number <= 16, known & (1 << UInt32(truncatingIfNeeded: number)) != 0 else { return nil }
    // Nearly every row is relative to one of these two.
    if number == 7 { return registers.rsp }
    if number == 6 { return registers.rbp }
    return registers[dwarf: number]
  }

  @inline(__always)
  var saved: SavedRegisters {
    SavedRegisters(
      rbx: registers.rbx, rbp: registers.rbp, r12: registers.r12, r13: registers.r13,
      r14: registers.r14, r15: registers.r15)
  }
}

extension Registers {
  /// Every register, as a set of DWARF numbers: bit n for register n.
  public static let all = UnwindState.all

  /// Sets a register by DWARF number; any other number is ignored.
  mutating func set(dwarf number: Int, _ value: UInt64) {
    switch number {
    case 0: rax = value
    case 1: rdx = value
    case 2: rcx = value
    case 3: rbx = value
    case 4: rsi = value
    case 5: rdi = value
    case 6: rbp = value
    case 7: rsp = value
    case 8: r8 = value
    case 9: r9 = value
    case 10: r10 = value
    case 11: r11 = value
    case 12: r12 = value
    case 13: r13 = value
    case 14: r14 = value
    case 15: r15 = value
    case 16: rip = value
    default: break
    }
  }
}
