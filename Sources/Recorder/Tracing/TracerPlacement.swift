import CLinux

/// Keeps the tracing thread on the CPU where threads stop.
///
/// A tracer that sleeps on another, idle CPU must be woken across CPUs; on its tracee's own CPU the
/// kernel just switches to it (measured: Docs/Capture.md). It moves only when most of the last stops
/// were elsewhere: each move costs a system call.
struct TracerPlacement {
  private static let window = 8

  private var cpu: UInt32?
  private var elsewhere: UInt32 = 0
  private var elsewhereCount = 0
  private var stops = 0

  /// A thread was stopped on `stopCPU`.
  mutating func follow(_ stopCPU: UInt32) {
    if stopCPU != cpu {
      elsewhere = stopCPU
      elsewhereCount += 1
    }
    stops += 1
    guard cpu == nil || stops >= Self.window else { return }
    if cpu == nil || elsewhereCount * 2 > stops { move(to: elsewhere) }
    stops = 0
    elsewhereCount = 0
  }

  private mutating func move(to target: UInt32) {
    cpu = target
    _ = linux_bind_to_cpu(Int32(target))
  }
}
