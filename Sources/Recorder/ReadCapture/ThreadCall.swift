/// What a thread is about: `/proc/PID/task/TID/syscall` (proc_pid_syscall(5)).
enum ThreadCall: Equatable {
  /// On a CPU, or ready for one.
  case running
  /// In a system call, off the CPU; the number, and the first argument.
  case blocked(number: Int, argument: UInt64)
  /// Off the CPU, but not in a system call: a page fault, or stopped by job control.
  case faulting
  /// It has ended, and is not reaped.
  case ended

  /// Nil for what no kernel writes.
  init?(parsing text: Substring) {
    let words = text.split { $0 == " " || $0 == "\n" }
    guard let first = words.first else { return nil }
    if first == "running" {
      self = .running
    } else if let number = Int(first) {
      guard number >= 0 else {
        // Without a stack it has no stack pointer either (lib/syscall.c, collect_syscall).
        self = words.count == 3 && words[1] == "0x0" ? .ended : .faulting
        return
      }
      guard words.count > 1, words[1].hasPrefix("0x"),
        let argument = UInt64(words[1].dropFirst(2), radix: 16)
      else { return nil }
      self = .blocked(number: number, argument: argument)
    } else {
      return nil
    }
  }
}
