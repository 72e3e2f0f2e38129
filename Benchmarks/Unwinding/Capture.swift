import SampleTypes
import UnwindingPeers

/// Stacks of one thread, each with its registers, copied at random instants.
struct Capture {
  struct Stack {
    var registers: Registers
    var start: UInt64
    var bytes: [UInt8]
  }

  var stacks: [Stack] = []
  var map = MemoryMap(mappings: [])

  /// Leaves the program stopped, so that libraries can look into it.
  init(_ program: TracedProgram, count: Int) throws {
    for _ in 0..<count {
      program.run(microseconds: .random(in: 200...1500))
      try program.stop()
      map = MemoryMap(parsing: program.mapText)
      let registers = try program.registers()
      let (start, bytes) = program.stack(from: registers.rsp, map)
      stacks.append(Stack(registers: registers, start: start, bytes: bytes))
    }
  }
}

extension Capture.Stack {
  /// In the form that the peers take; valid within `body`.
  func withPeerForm<Result>(_ body: (UnsafePointer<captured_stack>) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { bytes in
      let r = registers
      var stack = captured_stack(
        registers: (
          r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8, r.r9, r.r10, r.r11, r.r12,
          r.r13, r.r14, r.r15, r.rip
        ), start: start, bytes: bytes.baseAddress, size: UInt64(bytes.count))
      return body(&stack)
    }
  }
}
