/// The callee-saved registers (x86-64 psABI, section 3.2.1) as they were inside one frame; 0 where
/// the value could not be recovered.
@frozen
public struct SavedRegisters: Hashable, Sendable, BitwiseCopyable {
  public var rbx, rbp, r12, r13, r14, r15: UInt64

  @inlinable
  public init(
    rbx: UInt64 = 0, rbp: UInt64 = 0, r12: UInt64 = 0, r13: UInt64 = 0, r14: UInt64 = 0,
    r15: UInt64 = 0
  ) {
    self.rbx = rbx
    self.rbp = rbp
    self.r12 = r12
    self.r13 = r13
    self.r14 = r14
    self.r15 = r15
  }
}

extension SavedRegisters {
  public static let count = 6

  /// By position in the list rbx, rbp, r12, r13, r14, r15; 0 for any other.
  public subscript(calleeSaved index: Int) -> UInt64 {
    switch index {
    case 0: rbx
    case 1: rbp
    case 2: r12
    case 3: r13
    case 4: r14
    case 5: r15
    default: 0
    }
  }
}
