import ProfileModel
import RecordingFile
import Symbols

/// Frames of the kernel part of a sample, named by `/proc/kallsyms` where that may be read. The kernel is
/// the same for all processes.
final class KernelFrames {
  private let writer: RecordingWriter
  private let loader: KernelSymbolsLoader
  private let namesFunctions: Bool
  private lazy var symbols = loader.symbols()
  private lazy var module = writer.add(module: Module(path: "[kernel]"))
  private var known: [UInt64: Kernel] = [:]

  private struct Kernel {
    var frame: Int32
    var isTracing: Bool
    var isScheduling: Bool
  }

  /// - Parameter namesFunctions: false makes one frame of all.
  init(writer: RecordingWriter, loader: KernelSymbolsLoader, namesFunctions: Bool) {
    self.writer = writer
    self.namesFunctions = namesFunctions
    self.loader = loader
  }

  /// The frames of a raw call chain, innermost first. Words above `PERF_CONTEXT_MAX` are markers
  /// between kernel and user parts (perf_event_open(2)).
  ///
  /// False where the kernel was busy with a stop of ours: no doing of the target.
  ///
  /// - Parameter isSwitch: leaves out the scheduler itself, innermost: what matters is what called it,
  ///   a system call, or nothing at all where the thread was pre-empted.
  func frames(
    of chain: UnsafeBufferPointer<UInt64>, isSwitch: Bool = false, into frames: inout [Int32]
  ) -> Bool {
    frames.removeAll(keepingCapacity: true)
    for address in chain where address < UInt64(bitPattern: -4095) {
      let kernel = kernel(at: address)
      if kernel.isTracing { return false }
      if isSwitch && frames.isEmpty && kernel.isScheduling { continue }
      // Without names the whole chain is one frame.
      let isNamed = namesFunctions && !symbols.isEmpty
      if frames.last != kernel.frame || isNamed { frames.append(kernel.frame) }
    }
    return true
  }

  private func kernel(at address: UInt64) -> Kernel {
    if let kernel = known[address] { return kernel }
    let name = symbols.name(at: address) ?? "[kernel]"
    let function = Function(
      kind: .kernel, name: namesFunctions ? name : "[kernel]", module: module)
    let kernel = Kernel(
      frame: writer.add(frame: Frame(function: writer.add(function: function))),
      isTracing: Self.tracing.contains(name),
      isScheduling: Self.scheduling.contains(name) || name.hasPrefix("asm_sysvec_"))
    known[address] = kernel
    return kernel
  }

  /// Kernel functions that run only for the sake of a stop of ours: the interrupt by which perf
  /// sends its signal (kernel/events/core.c, perf_pending_irq), and the stop (kernel/signal.c).
  private static let tracing: Set<String> = [
    "asm_sysvec_irq_work", "ptrace_stop", "ptrace_signal", "do_jobctl_trap",
  ]

  /// The way from an interrupt or a blocking function into the scheduler (kernel/sched/core.c,
  /// kernel/entry/common.c).
  private static let scheduling: Set<String> = [
    "schedule", "__schedule", "__traceiter_sched_switch", "finish_task_switch.isra.0",
    "schedule_idle", "preempt_schedule_irq", "preempt_schedule_common", "__cond_resched",
    "irqentry_exit_to_user_mode", "irqentry_exit", "exit_to_user_mode_loop",
    "exit_to_user_mode_prepare", "syscall_exit_to_user_mode", "asm_common_interrupt",
    "common_interrupt", "asm_exc_page_fault", "schedule_hrtimeout_range",
    "schedule_hrtimeout_range_clock", "schedule_timeout",
  ]
}
