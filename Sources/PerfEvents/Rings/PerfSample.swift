public import SampleTypes

/// A `PERF_RECORD_SAMPLE` of one of `EventAttributes`' events (perf_event_open(2)). Buffers are
/// borrowed from the ring.
public struct PerfSample {
  /// Where the tick landed, in user or kernel mode.
  public var address: UInt64
  public var pid: Int32
  public var tid: Int32
  /// Nanoseconds of CLOCK_MONOTONIC.
  public var time: UInt64
  /// Identifier of the event that wrote it.
  public var event: UInt64
  public var cpu: UInt32
  /// What the event had counted, nanoseconds of CPU time for a tick; 0 for a user tick.
  public var count: UInt64 = 0
  /// Kernel frames, innermost first, with the kernel's context markers; empty for a user tick.
  public var kernelChain = UnsafeBufferPointer<UInt64>(start: nil, count: 0)
  /// Nil for a user tick, and for a thread without user registers.
  public var registers: Registers?
  /// User stack from the stack pointer on; empty for a user tick.
  public var stack = UnsafeRawBufferPointer(start: nil, count: 0)

  init?(_ cursor: inout RecordCursor, hasUserState: Bool) {
    guard let address = cursor.next(UInt64.self), let pid = cursor.next(Int32.self),
      let tid = cursor.next(Int32.self), let time = cursor.next(UInt64.self),
      let event = cursor.next(UInt64.self), let cpu = cursor.next(UInt32.self),
      cursor.next(UInt32.self) != nil
    else { return nil }
    (self.address, self.pid, self.tid) = (address, pid, tid)
    (self.time, self.event, self.cpu) = (time, event, cpu)
    guard !hasUserState || readUserState(&cursor) else { return nil }
  }

  private mutating func readUserState(_ cursor: inout RecordCursor) -> Bool {
    guard let count = cursor.next(UInt64.self), let chainCount = cursor.next(UInt64.self),
      let chain = cursor.words(chainCount),
      let abi = cursor.next(UInt64.self)
    else { return false }
    self.count = count
    kernelChain = chain
    if abi != 0 {  // PERF_SAMPLE_REGS_ABI_NONE has no registers.
      guard let words = cursor.words(17) else { return false }
      registers = Registers(perfOrder: words)
    }
    guard let reserved = cursor.next(UInt64.self) else { return false }
    guard reserved > 0 else { return true }
    guard let bytes = cursor.bytes(reserved), let copied = cursor.next(UInt64.self),
      copied <= reserved
    else { return false }
    stack = UnsafeRawBufferPointer(rebasing: bytes[..<Int(copied)])
    return true
  }
}

extension Registers {
  /// The order of `EventAttributes.userRegisters`: ascending `enum perf_event_x86_regs`.
  init(perfOrder words: UnsafeBufferPointer<UInt64>) {
    self.init()
    (rax, rbx, rcx, rdx) = (words[0], words[1], words[2], words[3])
    (rsi, rdi, rbp, rsp, rip) = (words[4], words[5], words[6], words[7], words[8])
    (r8, r9, r10, r11) = (words[9], words[10], words[11], words[12])
    (r12, r13, r14, r15) = (words[13], words[14], words[15], words[16])
  }
}
