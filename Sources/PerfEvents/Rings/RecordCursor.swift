/// Reads the fields of one record in order, and never past its end.
struct RecordCursor {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func next<T: BitwiseCopyable>(_ type: T.Type) -> T? {
    guard bytes.count - offset >= MemoryLayout<T>.size else { return nil }
    defer { offset += MemoryLayout<T>.size }
    return bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
  }

  /// The next `count` bytes, borrowed.
  mutating func bytes(_ count: UInt64) -> UnsafeRawBufferPointer? {
    guard count <= UInt64(bytes.count - offset) else { return nil }
    defer { offset += Int(count) }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(count)])
  }

  /// The next `count` 8-byte words, borrowed; records are 8-byte aligned in the ring.
  mutating func words(_ count: UInt64) -> UnsafeBufferPointer<UInt64>? {
    guard count <= UInt64(bytes.count) / 8, let raw = bytes(count * 8) else { return nil }
    return raw.bindMemory(to: UInt64.self)
  }
}
