import SampleTypes

/// Reads one packet that `SamplePacketWriter` wrote; borrows its bytes.
struct SamplePacketReader {
  let header: SamplePacket
  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    header = bytes.load(as: SamplePacket.self)
  }

  /// From `header.stackStart` on.
  var stack: UnsafeRawBufferPointer {
    let start = MemoryLayout<SamplePacket>.stride
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(header.stackCount)])
  }

  /// Fills `stack` with the Python frames and activations.
  func readPython(into stack: inout PythonStack) {
    stack.removeAll()
    stack.outcome = header.pythonOutcome
    var offset = MemoryLayout<SamplePacket>.stride + (Int(header.stackCount) + 7) & ~7
    append(to: &stack.frames, count: header.frameCount, &offset)
    append(to: &stack.activations, count: header.activationCount, &offset)
  }

  private func append<T: BitwiseCopyable>(
    to array: inout [T], count: Int32, _ offset: inout Int
  ) {
    for _ in 0..<count {
      array.append(bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
      offset += MemoryLayout<T>.stride
    }
  }
}
