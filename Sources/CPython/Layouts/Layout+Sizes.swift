public import SampleTypes

extension Layout.Gc {
  /// The range that holds every field which a sample reads, of a collector's state at an address.
  public func sampleRange(at state: RemoteAddress) -> AddressRange {
    let start = state + collecting
    return AddressRange(start: start, end: max(start + 4, frame.map { state + $0 + 8 } ?? start))
  }
}

extension Layout.ThreadState {
  /// Bytes from the start that hold the fields by which a thread state is recognised.
  var identitySize: Int { max(next, interpreter, threadID, nativeThreadID ?? 0) + 8 }

  /// Bytes from the start that hold every field which a sample reads.
  public var sampleSize: Int {
    let fields = [
      frame, cframe, tracing, currentFrame, baseFrame, status, holdsGil, gilRequested, state,
      dataStackChunk, dataStackTop,
    ]
    return max(identitySize, (fields.compactMap { $0 }.max() ?? 0) + 8)
  }
}

extension Layout.Frame {
  /// True for 3.10, which has `f_lasti` before what earlier versions have there.
  var executionIsDepth: Bool { execution.map { $0 < instruction } ?? false }

  /// The range of bytes, from the frame's address, that holds every field which a sample reads.
  public var sampleRange: Range<Int> {
    let lower = min(code, previous, instruction, globals, owner ?? code)
    let upper = max(
      code + 8, previous + 8, instruction + 8, globals + 8, (owner ?? 0) + 1, (isEntry ?? 0) + 1,
      (execution ?? 0) + 4,
      (threadLocalBytecodeIndex ?? 0) + 4)
    return lower..<upper
  }
}

extension Layout {
  /// The range of bytes, from a code object's address, that holds its header and what identifies its content.
  public var fingerprintRange: Range<Int> {
    let upper = max(code.lineTable, code.fileName, code.name, code.qualifiedName ?? 0) + 8
    return 0..<max(upper, code.flags + 4, code.firstLine + 4, (code.version ?? 0) + 4)
  }

  /// Whether a code object carries a version number that no other one has had, which is so from 3.12 on. Where it
  /// does not, the text of its names is what tells it from one that took its place (`CodeText`).
  public var numbersCode: Bool { code.version != nil }
}
