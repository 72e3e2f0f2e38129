import SampleTypes

/// The user registers of a thread that is off the CPU, as far as `/proc/PID/task/TID/syscall` tells them
/// (proc_pid_syscall(5)): where it is, its stack pointer, and the arguments of its system call.
struct CallRegisters: Equatable {
  var registers = Registers()
  /// By DWARF number: bit n for register n.
  var known: UInt32

  /// Nil for a thread that runs or has ended, and for what no kernel writes.
  init?(parsing text: Substring) {
    let words = text.split { $0 == " " || $0 == "\n" }
    guard let first = words.first, let call = Int(first), words.count == (call < 0 ? 3 : 9) else {
      return nil
    }
    let values = words.dropFirst().compactMap { word in
      word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : nil
    }
    guard values.count == words.count - 1, values[values.count - 2] != 0 else { return nil }
    known = 1 << 7 | 1 << 16
    registers.rsp = values[values.count - 2]
    registers.rip = values[values.count - 1]
    guard call >= 0 else { return }
    // The arguments of a system call, in their order (x86-64 psABI, A.2.1).
    (registers.rdi, registers.rsi, registers.rdx) = (values[0], values[1], values[2])
    (registers.r10, registers.r8, registers.r9) = (values[3], values[4], values[5])
    known |= 1 << 5 | 1 << 4 | 1 << 1 | 1 << 10 | 1 << 8 | 1 << 9
  }
}
