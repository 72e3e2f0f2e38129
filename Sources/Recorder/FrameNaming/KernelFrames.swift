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
  private var knownNames: [String: Kernel] = [:]

  private struct Kernel {
    var frame: Int32
    var isScheduling: Bool
    var stop: StopSigns
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
  /// False where the kernel was busy with a stop of ours: no doing of the target. A stop by job control
  /// (SIGSTOP) is the target's own: a traced thread spends it in a stop as well, but comes to it another way.
  ///
  /// - Parameter isSwitch: leaves out the scheduler itself, innermost: what matters is what called it,
  ///   a system call, or nothing at all where the thread was pre-empted.
  func frames(
    of chain: UnsafeBufferPointer<UInt64>, isSwitch: Bool = false, into frames: inout [Int32]
  ) -> Bool {
    frames.removeAll(keepingCapacity: true)
    var stop: StopSigns = []
    // Without names the whole chain is one frame.
    let isNamed = namesFunctions && !symbols.isEmpty
    for address in chain where address < UInt64(bitPattern: -4095) {
      let kernel = kernel(at: address)
      stop.formUnion(kernel.stop)
      if isSwitch {
        append(leaving: kernel, isNamed, to: &frames)
        continue
      }
      if frames.last != kernel.frame || isNamed { frames.append(kernel.frame) }
    }
    return !stop.contains(.ofATracer) || isSwitch && stop.isGroupStop
  }

  /// The frames of a thread that is off the CPU, from its `/proc/PID/task/TID/stack`: a line
  /// `[<0>] futex_wait_queue+0x69/0xa0` for each. False as above.
  func frames(ofStack text: String, into frames: inout [Int32]) -> Bool {
    frames.removeAll(keepingCapacity: true)
    var stop: StopSigns = []
    for line in text.split(separator: "\n") {
      guard let word = line.split(separator: " ").dropFirst().first else { continue }
      let kernel = kernel(named: String(word.prefix { $0 != "+" }))
      stop.formUnion(kernel.stop)
      append(leaving: kernel, namesFunctions, to: &frames)
    }
    return !stop.contains(.ofATracer) || stop.isGroupStop
  }

  /// Leaves out the scheduler itself, innermost, and the tracer's part of a stop.
  private func append(leaving kernel: Kernel, _ isNamed: Bool, to frames: inout [Int32]) {
    if frames.isEmpty && (kernel.isScheduling || kernel.stop.contains(.ofATracer)) { return }
    if frames.last != kernel.frame || isNamed { frames.append(kernel.frame) }
  }

  private func kernel(at address: UInt64) -> Kernel {
    if let kernel = known[address] { return kernel }
    let kernel = kernel(named: symbols.name(at: address) ?? "[kernel]")
    known[address] = kernel
    return kernel
  }

  private func kernel(named name: String) -> Kernel {
    if let kernel = knownNames[name] { return kernel }
    let function = Function(
      kind: .kernel, name: namesFunctions ? name : "[kernel]", module: module)
    let kernel = Kernel(
      frame: writer.add(frame: Frame(function: writer.add(function: function))),
      isScheduling: Self.scheduling.contains(name) || name.hasPrefix("asm_sysvec_"),
      stop: StopSigns(of: name))
    knownNames[name] = kernel
    return kernel
  }

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
