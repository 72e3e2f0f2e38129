/// A rule for code without call frame information that is about to return: CPython's perf
/// trampolines, stubs, and the like return right behind the call that they exist for.
///
/// Only straight ways to a `ret` are read, of instructions that take something off the stack (Intel
/// SDM, volume 2).
enum EpilogueRule {
  /// Where a walk along the instructions stands.
  private struct Walk {
    var base: UInt8 = 7
    /// Of the stack pointer from the base register, in bytes.
    var depth: Int32 = 0
    /// Distance of saved registers from the base register, by DWARF number.
    var saved: [Int: Int32] = [:]
  }

  private static let deepest: Int32 = 1 << 14

  /// The rule for the frame whose next instruction is the first of `code`; nil if it does other
  /// things before it returns.
  static func rule(_ code: [UInt8]) -> UnwindRule? {
    var walk = Walk()
    var rest = code[...]
    for _ in 0..<12 {
      if rest.starts(with: [0xc3]) || rest.starts(with: [0xf3, 0xc3])
        || rest.starts(with: [0xf2, 0xc3])
      {
        return rule(walk)
      }
      guard let length = step(&walk, rest) else { return nil }
      rest = rest.dropFirst(length)
    }
    return nil
  }

  /// Applies one instruction and returns its length.
  private static func step(_ walk: inout Walk, _ code: ArraySlice<UInt8>) -> Int? {
    guard walk.depth <= deepest, let first = code.first else { return nil }
    func byte(_ index: Int) -> UInt8? {
      index < code.count ? code[code.startIndex + index] : nil
    }
    switch first {
    case 0x90: return 1
    case 0xc5 where code.starts(with: [0xc5, 0xf8, 0x77]): return 3  // vzeroupper
    case 0xc9:  // leave: the stack pointer was kept in rbp.
      walk.base = 6
      walk.saved[6] = 0
      walk.depth = 8
      return 1
    case 0x58...0x5f where first != 0x5c:
      pop(Int(first - 0x58), &walk)
      return 1
    case 0x41:
      guard let second = byte(1), (0x58...0x5f).contains(second) else { return nil }
      pop(Int(second - 0x58) + 8, &walk)
      return 2
    case 0x48:
      if code.starts(with: [0x48, 0x83, 0xc4]), let count = byte(3), count < 0x80 {
        walk.depth += Int32(count)
        return 4
      }
      if code.starts(with: [0x48, 0x81, 0xc4]), code.count >= 7 {
        let count = (0..<4).reduce(0) { $0 | Int32(byte(3 + $1) ?? 0) << Int32(8 * $1) }
        guard count >= 0, count <= deepest else { return nil }
        walk.depth += count
        return 7
      }
      return nil
    default: return nil
    }
  }

  /// `encoding` numbers registers as instructions do: rsp is 4, rbp 5.
  private static func pop(_ encoding: Int, _ walk: inout Walk) {
    let dwarf = [0, 2, 1, 3, 7, 6, 4, 5]
    walk.saved[encoding < 8 ? dwarf[encoding] : encoding] = walk.depth
    walk.depth += 8
  }

  private static func rule(_ walk: Walk) -> UnwindRule? {
    let total = walk.depth + 8
    var rule = UnwindRule(kind: .plain)
    rule.cfaRegister = walk.base
    rule.cfaOffset = total
    func slot(_ number: Int) -> UnwindRule.Slot {
      walk.saved[number].map { UnwindRule.Slot(clamping: $0 - total) } ?? UnwindRule.same
    }
    (rule.rbx, rule.rbp, rule.r12) = (slot(3), slot(6), slot(12))
    (rule.r13, rule.r14, rule.r15) = (slot(13), slot(14), slot(15))
    return rule
  }
}
