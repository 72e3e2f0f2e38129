extension Layout.ThreadState {
  /// Bytes from the start that hold the fields by which a thread state is recognised.
  var identitySize: Int { max(next, interpreter, threadID, nativeThreadID ?? 0) + 8 }

  /// Bytes from the start that hold every field which a sample reads.
  var sampleSize: Int {
    let fields = [
      frame, cframe, currentFrame, baseFrame, status, holdsGil, gilRequested, state,
      dataStackChunk, dataStackTop,
    ]
    return max(identitySize, (fields.compactMap { $0 }.max() ?? 0) + 8)
  }
}

extension Layout.Frame {
  /// The range of bytes, from the frame's address, that holds every field which a sample reads.
  var sampleRange: Range<Int> {
    let lower = min(code, previous, instruction, owner ?? code)
    let upper = max(
      code + 8, previous + 8, instruction + 8, (owner ?? 0) + 1, (isEntry ?? 0) + 1,
      (threadLocalBytecodeIndex ?? 0) + 4)
    return lower..<upper
  }
}

extension Layout.Code {
  /// The range of bytes, from the code object's address, that holds what identifies its content.
  var fingerprintRange: Range<Int> { min(flags, firstLine)..<(lineTable + 8) }
}
