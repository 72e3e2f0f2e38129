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
      frame, cframe, currentFrame, baseFrame, status, holdsGil, gilRequested, state,
      dataStackChunk, dataStackTop,
    ]
    return max(identitySize, (fields.compactMap { $0 }.max() ?? 0) + 8)
  }
}

extension Layout.Frame {
  /// The range of bytes, from the frame's address, that holds every field which a sample reads.
  public var sampleRange: Range<Int> {
    let lower = min(code, previous, instruction, globals, owner ?? code)
    let upper = max(
      code + 8, previous + 8, instruction + 8, globals + 8, (owner ?? 0) + 1, (isEntry ?? 0) + 1,
      (threadLocalBytecodeIndex ?? 0) + 4)
    return lower..<upper
  }
}

extension Layout.Code {
  /// The range of bytes, from the code object's address, that holds what identifies its content.
  public var fingerprintRange: Range<Int> {
    var (lower, upper) = (lineTable, lineTable + 8)
    func include(_ offset: Int?, size: Int) {
      guard let offset else { return }
      lower = min(lower, offset)
      upper = max(upper, offset + size)
    }
    include(fileName, size: 8)
    include(name, size: 8)
    include(qualifiedName, size: 8)
    include(flags, size: 4)
    include(firstLine, size: 4)
    include(version, size: 4)
    return lower..<upper
  }
}
