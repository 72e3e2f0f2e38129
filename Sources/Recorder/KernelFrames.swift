import LinuxIO
import ProfileModel
import Symbols

/// Frames of the kernel part of a sample, named by `/proc/kallsyms` where that may be read.
final class KernelFrames {
  private let interner: FrameInterner
  private lazy var symbols = KernelSymbols(parsing: ProcFiles.bytes("/proc/kallsyms") ?? [])
  private lazy var module = interner.moduleIndex(path: "[kernel]")
  private var known: [UInt64: Int32] = [:]

  init(interner: FrameInterner) { self.interner = interner }

  /// The frames of a raw call chain, innermost first. Words above `PERF_CONTEXT_MAX` are markers
  /// between kernel and user parts (perf_event_open(2)).
  func frames(of chain: UnsafeBufferPointer<UInt64>, into frames: inout [Int32]) {
    frames.removeAll(keepingCapacity: true)
    for address in chain where address < UInt64(bitPattern: -4095) {
      let frame = frame(at: address)
      // Without symbols the whole chain is one frame.
      if frames.last != frame || !symbols.isEmpty { frames.append(frame) }
    }
  }

  private func frame(at address: UInt64) -> Int32 {
    if let frame = known[address] { return frame }
    let name = symbols.name(at: address) ?? "[kernel]"
    let frame = interner.frame(of: Function(kind: .kernel, name: name, module: module))
    known[address] = frame
    return frame
  }
}
