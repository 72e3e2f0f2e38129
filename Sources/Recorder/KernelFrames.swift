import LinuxIO
import ProfileModel
import Symbols

/// Frames of the kernel part of a sample, named by `/proc/kallsyms` where that may be read.
final class KernelFrames {
  private let interner: FrameInterner
  private lazy var symbols = KernelSymbols(parsing: ProcFiles.bytes("/proc/kallsyms") ?? [])
  private lazy var module = interner.moduleIndex(path: "[kernel]")
  private var known: [UInt64: Kernel] = [:]

  private struct Kernel {
    var frame: Int32
    var isTracing: Bool
  }

  init(interner: FrameInterner) { self.interner = interner }

  /// The frames of a raw call chain, innermost first. Words above `PERF_CONTEXT_MAX` are markers
  /// between kernel and user parts (perf_event_open(2)).
  ///
  /// False where the kernel was busy with a stop of ours: no doing of the target.
  func frames(of chain: UnsafeBufferPointer<UInt64>, into frames: inout [Int32]) -> Bool {
    frames.removeAll(keepingCapacity: true)
    for address in chain where address < UInt64(bitPattern: -4095) {
      let kernel = kernel(at: address)
      if kernel.isTracing { return false }
      // Without symbols the whole chain is one frame.
      if frames.last != kernel.frame || !symbols.isEmpty { frames.append(kernel.frame) }
    }
    return true
  }

  private func kernel(at address: UInt64) -> Kernel {
    if let kernel = known[address] { return kernel }
    let name = symbols.name(at: address) ?? "[kernel]"
    let kernel = Kernel(
      frame: interner.frame(of: Function(kind: .kernel, name: name, module: module)),
      isTracing: Self.tracing.contains(name))
    known[address] = kernel
    return kernel
  }

  /// Kernel functions that run only for the sake of a stop of ours: the interrupt by which perf
  /// sends its signal (kernel/events/core.c, perf_pending_irq), and the stop (kernel/signal.c).
  private static let tracing: Set<String> = [
    "asm_sysvec_irq_work", "ptrace_stop", "ptrace_signal", "do_jobctl_trap",
  ]
}
