import SampleTypes

/// Writes one packet in place: header, stack bytes, Python frames, activations.
struct SamplePacketWriter {
  /// More frames or activations than a packet carries are cut; `PythonStack.Outcome` tells.
  private static let maximumFrames = 8192

  var header: SamplePacket
  private let space: UnsafeMutableRawBufferPointer
  private var end: Int

  /// Bytes to reserve for a packet with up to `stackBytes` of stack.
  static func capacity(stackBytes: Int) -> Int {
    let perFrame = MemoryLayout<PythonFrame>.stride + MemoryLayout<PythonActivation>.stride
    return MemoryLayout<SamplePacket>.stride + stackBytes + 16 + maximumFrames * perFrame
  }

  init(_ space: UnsafeMutableRawBufferPointer) {
    self.space = space
    header = SamplePacket()
    end = MemoryLayout<SamplePacket>.stride
  }

  /// Where the stack bytes go.
  func stackSpace(_ count: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: space[end..<end + count])
  }

  /// The first `count` bytes of `stackSpace` hold the stack from `start` on.
  mutating func setStack(start: UInt64, count: Int) {
    header.stackStart = start
    header.stackCount = Int32(count)
    end += (count + 7) & ~7
  }

  mutating func append(_ stack: PythonStack) {
    header.pythonOutcome = stack.outcome
    header.frameCount = Int32(append(stack.frames))
    header.activationCount = Int32(append(stack.activations))
  }

  /// Writes the header; returns the packet's size.
  func finish() -> Int {
    space.storeBytes(of: header, as: SamplePacket.self)
    return end
  }

  private mutating func append<T: BitwiseCopyable>(_ values: [T]) -> Int {
    let count = min(values.count, Self.maximumFrames)
    let size = count * MemoryLayout<T>.stride
    values.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      (space.baseAddress! + end).copyMemory(from: start, byteCount: size)
    }
    end += size
    return count
  }
}
