/// The user registers of one thread at one instant that unwinding and the CPython reader need
/// (x86-64 System V; DWARF numbers of the psABI, section 3.6.2).
@frozen
public struct Registers: Hashable, Sendable, BitwiseCopyable {
  public var rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp: UInt64
  public var r8, r9, r10, r11, r12, r13, r14, r15: UInt64
  public var rip: UInt64

  @inlinable
  public init() {
    (rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp) = (0, 0, 0, 0, 0, 0, 0, 0)
    (r8, r9, r10, r11, r12, r13, r14, r15) = (0, 0, 0, 0, 0, 0, 0, 0)
    rip = 0
  }

  /// Register by DWARF number: 0 rax, 1 rdx, 2 rcx, 3 rbx, 4 rsi, 5 rdi, 6 rbp, 7 rsp, 8–15 r8–r15,
  /// 16 the return-address column, which holds `rip`. Nil for any other number.
  @inlinable
  public subscript(dwarf number: Int) -> UInt64? {
    switch number {
    case 0: rax
    case 1: rdx
    case 2: rcx
    case 3: rbx
    case 4: rsi
    case 5: rdi
    case 6: rbp
    case 7: rsp
    case 8: r8
    case 9: r9
    case 10: r10
    case 11: r11
    case 12: r12
    case 13: r13
    case 14: r14
    case 15: r15
    case 16: rip
    default: nil
    }
  }
}

extension Registers {
  @inlinable
  public var instructionPointer: UInt64 { rip }
  @inlinable
  public var stackPointer: UInt64 { rsp }
  /// Of a thread in a system call: its first argument (x86-64 psABI, A.2.1).
  @inlinable
  public var firstArgument: UInt64 { rdi }

  /// The general registers, in no particular order.
  public var general: [UInt64] {
    [rax, rdx, rcx, rbx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15]
  }
}
