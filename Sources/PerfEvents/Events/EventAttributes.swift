import CLinux

/// The kinds of event that one thread is sampled with (Docs/Capture.md).
public enum EventKind: Sendable, Equatable {
  /// Ticks of CPU time in user mode. Each sends a signal, and the stop that follows is the sample.
  case userTick
  /// Ticks of CPU time in either mode, whose samples a `TickProgram` takes.
  case tick
  /// Ticks of CPU time in kernel mode: registers, user stack bytes and the kernel's call chain.
  case kernelTick
  /// Ticks of a thread that nothing can stop: the same in either mode, or in user mode alone.
  case unstoppedTick
  case unstoppedUserTick
  /// The thread leaves the CPU: registers and user stack bytes, as many as the kernel shall copy, and
  /// records of the switches.
  case contextSwitch(stackBytes: Int)
  /// The same where a `TickProgram` takes the samples: records of the switches alone are left.
  case leaving
}

/// Builds `perf_event_attr` values (perf_event_open(2)).
public enum EventAttributes {
  /// User stack bytes that the kernel copies for a kernel tick; deeper frames are read later. A
  /// multiple of 8.
  public static let tickStackBytes = 16384
  /// The same for a switch: every stop is one, and a thread that is off the CPU stands still to be read.
  public static let switchStackBytes = 8192

  /// User registers in a sample, in the kernel's order of `enum perf_event_x86_regs`.
  static let userRegisters: UInt64 = {
    let registers: [perf_event_x86_regs] = [
      PERF_REG_X86_AX, PERF_REG_X86_BX, PERF_REG_X86_CX, PERF_REG_X86_DX, PERF_REG_X86_SI,
      PERF_REG_X86_DI, PERF_REG_X86_BP, PERF_REG_X86_SP, PERF_REG_X86_IP, PERF_REG_X86_R8,
      PERF_REG_X86_R9, PERF_REG_X86_R10, PERF_REG_X86_R11, PERF_REG_X86_R12, PERF_REG_X86_R13,
      PERF_REG_X86_R14, PERF_REG_X86_R15,
    ]
    return registers.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
  }()

  /// How many stack bytes of a tick are copied into a ring of `ringBytes`: where it held a single record, the
  /// next would be lost.
  public static func tickStackBytes(ringBytes: Int) -> Int { min(tickStackBytes, ringBytes / 4) }

  /// The same for a switch, where `bytes` are wanted. Switches come in bursts.
  public static func switchStackBytes(_ bytes: Int, ringBytes: Int) -> Int {
    min(bytes, ringBytes / 8)
  }

  /// `period` is in nanoseconds of CPU time for ticks, in switches for switches; `ringBytes` is of the ring
  /// that samples are written to.
  static func make(_ kind: EventKind, period: UInt64, ringBytes: Int) -> perf_event_attr {
    var attributes = perf_event_attr()
    attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
    attributes.type = UInt32(PERF_TYPE_SOFTWARE.rawValue)
    attributes.sample_period = period
    attributes.exclude_hv = 1
    attributes.use_clockid = 1
    attributes.clockid = 1  // CLOCK_MONOTONIC: the clock of MonotonicClock.
    attributes.sample_type = identity
    let tickBytes = tickStackBytes(ringBytes: ringBytes)
    switch kind {
    case .tick:
      attributes.config = UInt64(PERF_COUNT_SW_TASK_CLOCK.rawValue)
    case .userTick:
      attributes.config = UInt64(PERF_COUNT_SW_TASK_CLOCK.rawValue)
      attributes.exclude_kernel = 1
      attributes.wakeup_events = 1
    case .kernelTick:
      attributes.config = UInt64(PERF_COUNT_SW_TASK_CLOCK.rawValue)
      attributes.exclude_user = 1
      attributes.wakeup_events = 1
      addUserState(&attributes, stackBytes: tickBytes)
    case .unstoppedTick, .unstoppedUserTick:
      attributes.config = UInt64(PERF_COUNT_SW_TASK_CLOCK.rawValue)
      attributes.exclude_kernel = kind == .unstoppedUserTick ? 1 : 0
      attributes.exclude_callchain_kernel = attributes.exclude_kernel
      attributes.wakeup_events = 1
      addUserState(&attributes, stackBytes: tickBytes)
    case .contextSwitch(let stackBytes):
      makeSwitch(&attributes, ringBytes: ringBytes)
      addUserState(
        &attributes, stackBytes: switchStackBytes(stackBytes, ringBytes: ringBytes))
    case .leaving: makeSwitch(&attributes, ringBytes: ringBytes)
    }
    return attributes
  }

  private static func makeSwitch(_ attributes: inout perf_event_attr, ringBytes: Int) {
    attributes.config = UInt64(PERF_COUNT_SW_CONTEXT_SWITCHES.rawValue)
    attributes.context_switch = 1
    attributes.sample_id_all = 1
    attributes.watermark = 1
    attributes.wakeup_watermark = UInt32(ringBytes / 4)
  }

  /// In every sample, in this order: ip, pid and tid, time, event id, cpu.
  static let identity =
    UInt64(PERF_SAMPLE_IP.rawValue) | UInt64(PERF_SAMPLE_TID.rawValue)
    | UInt64(PERF_SAMPLE_TIME.rawValue) | UInt64(PERF_SAMPLE_ID.rawValue)
    | UInt64(PERF_SAMPLE_CPU.rawValue)

  /// After the identity: what the event has counted, the kernel's call chain, the user registers and the user stack.
  private static func addUserState(_ attributes: inout perf_event_attr, stackBytes: Int) {
    attributes.sample_type |=
      UInt64(PERF_SAMPLE_READ.rawValue) | UInt64(PERF_SAMPLE_CALLCHAIN.rawValue)
      | UInt64(PERF_SAMPLE_REGS_USER.rawValue)
      | UInt64(PERF_SAMPLE_STACK_USER.rawValue)
    attributes.exclude_callchain_user = 1
    attributes.sample_regs_user = userRegisters
    attributes.sample_stack_user = UInt32(stackBytes)
  }
}
