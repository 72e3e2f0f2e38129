import LinuxIO
import RemoteProcess
import SampleTypes
import StackMerging
import Unwinding

/// A program in memory, as all that make samples of it read it besides what is copied: its interpreter, and the outer
/// part of its stacks.
final class LiveProgram {
  let assembler: SampleAssembler
  let kernelFrames: KernelFrames
  private let mappings: TargetMappings
  /// Nil until an interpreter is known.
  var reader: UnstoppedReader?
  /// When the interpreter was looked for last in vain, nanoseconds of CLOCK_MONOTONIC.
  var lookedInVain: UInt64 = 0
  /// False while the process has no interpreter, as far as is known.
  var expectsPython = true
  /// How much stack is read behind what was copied. OpenBLAS has frames of half a megabyte.
  private static let outerStackLimit: UInt64 = 1 << 20
  /// Only ever grows: its bytes are written before they are read.
  private var stackScratch: [UInt8] = []

  init(_ mappings: TargetMappings, assembler: SampleAssembler, kernelFrames: KernelFrames) {
    self.mappings = mappings
    self.assembler = assembler
    self.kernelFrames = kernelFrames
  }

  /// Why a sample of that instant has no Python frames, where there may be an interpreter.
  func missing(at time: UInt64) -> SampleAssembler.PythonSide {
    .missing(time <= lookedInVain ? .interpreterNotReady : .interpreterNotFound)
  }

  /// Calls `body` with the copied bytes and, where the copy was full, what lies farther out. Outer frames
  /// do not change while an inner one runs, and the merge checks them.
  func withWholeStack(
    from start: UInt64, _ copied: UnsafeRawBufferPointer, limit: Int,
    _ body: (StackBytes) -> SampleAssembler.Result
  ) -> SampleAssembler.Result {
    let rest = start &+ UInt64(copied.count)
    guard copied.count >= limit - 8, let end = mappings.stackEnd(rest), end > rest else {
      return body(StackBytes(start: start, bytes: copied))
    }
    let count = copied.count + Int(min(end &- rest, Self.outerStackLimit))
    if stackScratch.count < count {
      stackScratch.append(contentsOf: [UInt8](repeating: 0, count: count - stackScratch.count))
    }
    return stackScratch.withUnsafeMutableBytes { buffer in
      buffer.copyMemory(from: copied)
      let read = assembler.memory.copyBytes(
        at: RemoteAddress(rest),
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[copied.count..<count]))
      let whole = UnsafeRawBufferPointer(rebasing: buffer[..<(copied.count + read)])
      return body(StackBytes(start: start, bytes: whole))
    }
  }
}
