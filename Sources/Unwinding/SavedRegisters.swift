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
