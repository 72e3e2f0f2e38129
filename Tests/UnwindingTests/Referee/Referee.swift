import CLibunwind
import Unwinding

/// libunwind, walking the stopped thread itself: the second opinion on our stacks.
final class Referee {
  private let space: unw_addr_space_t
  private let process: UnsafeMutableRawPointer

  struct Frame {
    var address: UInt64
    var stackPointer: UInt64
    var saved: SavedRegisters
  }

  struct Stack {
    /// Innermost first.
    var frames: [Frame] = []
    /// What ended the walk: 0 the outermost frame, else libunwind's negative error.
    var end: Int32 = 0
  }

  init?(thread: pid_t) {
    guard let space = referee_address_space(), let process = _UPT_create(thread) else { return nil }
    self.space = space
    self.process = process
  }

  deinit {
    _UPT_destroy(process)
    referee_release(space)
  }

  /// To be called when the memory map changed.
  func forget() { referee_flush(space) }

  func stack(limit: Int = 4096) -> Stack {
    var stack = Stack()
    var cursor = unw_cursor_t()
    guard referee_start(&cursor, space, process) == 0 else { return stack }
    while stack.frames.count < limit {
      stack.frames.append(Self.frame(&cursor))
      stack.end = referee_step(&cursor)
      if stack.end <= 0 { break }
    }
    return stack
  }

  private static func frame(_ cursor: inout unw_cursor_t) -> Frame {
    func value(_ register: x86_64_regnum_t) -> UInt64 {
      UInt64(referee_register(&cursor, Int32(register.rawValue)))
    }
    return Frame(
      address: value(UNW_X86_64_RIP), stackPointer: value(UNW_X86_64_RSP),
      saved: SavedRegisters(
        rbx: value(UNW_X86_64_RBX), rbp: value(UNW_X86_64_RBP), r12: value(UNW_X86_64_R12),
        r13: value(UNW_X86_64_R13), r14: value(UNW_X86_64_R14), r15: value(UNW_X86_64_R15)))
  }
}
