import CLinux
public import SampleTypes

/// What ptrace tells of a stopped thread's registers.
public struct ThreadRegisters {
  public var user: Registers
  /// The thread pointer: `pthread_self()`, and so `tstate->thread_id`, on glibc.
  public var fsBase: UInt64

  init(_ words: user_regs_struct) {
    user = Registers()
    (user.rax, user.rdx, user.rcx, user.rbx) = (
      words.rax.word, words.rdx.word, words.rcx.word, words.rbx.word
    )
    (user.rsi, user.rdi, user.rbp, user.rsp) = (
      words.rsi.word, words.rdi.word, words.rbp.word, words.rsp.word
    )
    (user.r8, user.r9, user.r10, user.r11) = (
      words.r8.word, words.r9.word, words.r10.word, words.r11.word
    )
    (user.r12, user.r13, user.r14, user.r15) = (
      words.r12.word, words.r13.word, words.r14.word, words.r15.word
    )
    user.rip = words.rip.word
    fsBase = words.fs_base.word
  }
}

extension CUnsignedLongLong {
  fileprivate var word: UInt64 { UInt64(self) }
}

extension CUnsignedLong {
  fileprivate var word: UInt64 { UInt64(self) }
}
