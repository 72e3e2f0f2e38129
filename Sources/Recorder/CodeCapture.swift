import CPython
import SampleTypes

/// Captures each code object once, when a frame that runs it is seen for the first time.
///
/// A known address may hold another code object by now. Reading every one again would double the
/// pause; a frame's globals and position, which are at hand, give most of them away.
struct CodeCapture {
  /// Code objects captured for one sample; the rest wait for the next, so that a first sample deep in
  /// new code does not hold its thread for milliseconds.
  private static let limitPerSample = 24

  /// A program that makes code all the time does so at ever new addresses. Captured again, a code object
  /// is as good as before: 10 MB.
  private static let mostKnown = 1 << 17

  let runtime: PythonRuntime
  private var known: [UInt64: KnownCode] = [:]

  init(runtime: PythonRuntime) { self.runtime = runtime }

  /// Copies the code objects of `stack` that were not seen before, while they surely exist.
  ///
  /// - Parameter capture: takes one over; false if there is no room, so that it is to be captured again.
  mutating func captureNew(
    in stack: PythonStack, memory: inout some RemoteMemory, _ capture: (RawCodeObject) -> Bool
  ) {
    var budget = Self.limitPerSample
    for frame in stack.frames {
      let before = known[frame.code.rawValue]
      if let before, before.isStill(frame) { continue }
      guard budget > 0 else { return }
      budget -= 1
      guard let raw = RawCodeObject.capture(at: frame.code, runtime: runtime, memory: &memory)
      else { continue }
      if raw.fingerprint != before?.fingerprint, !capture(raw) { return }
      if known.count >= Self.mostKnown { known.removeAll(keepingCapacity: true) }
      known[frame.code.rawValue] = KnownCode(raw, frame)
    }
  }

  /// True where the innermost frame's code pointer leads to no code object: what a half-linked
  /// activation names may be a frame of earlier, overwritten in part.
  func innermostRunsNone(in stack: PythonStack, memory: inout some RemoteMemory) -> Bool {
    guard let first = stack.frames.first, let codeType = runtime.codeType,
      known[first.code.rawValue]?.isStill(first) != true
    else { return false }
    return memory.pointer(at: first.code + runtime.layout.object.type) != codeType
  }

  /// The address no longer holds the code object that was captured there.
  mutating func forget(_ code: RemoteAddress) { known[code.rawValue] = nil }

  private struct KnownCode {
    var fingerprint: CodeFingerprint
    var globals: RemoteAddress
    var bytecodeSize: Int

    init(_ raw: RawCodeObject, _ frame: PythonFrame) {
      fingerprint = raw.fingerprint
      globals = frame.globals
      bytecodeSize = raw.bytecodeRange?.count ?? Int.max
    }

    func isStill(_ frame: PythonFrame) -> Bool {
      frame.globals == globals && frame.instructionOffset < bytecodeSize
    }
  }
}
