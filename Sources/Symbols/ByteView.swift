/// Bytes of a file that may hold anything: every read is checked.
struct ByteView {
  let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var count: Int { bytes.count }

  /// The value of a trivial type at `offset`, or nil if it does not lie inside.
  func load<T: BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T? {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<T>.size else { return nil }
    return bytes.loadUnaligned(fromByteOffset: offset, as: type)
  }

  /// The bytes of a NUL-terminated string, without the NUL; nil if it is not terminated.
  func stringBytes(at offset: Int) -> UnsafeRawBufferPointer? {
    guard offset >= 0, offset < bytes.count else { return nil }
    let tail = UnsafeRawBufferPointer(rebasing: bytes[offset...])
    guard let end = tail.firstIndex(of: 0) else { return nil }
    return UnsafeRawBufferPointer(rebasing: tail[..<end])
  }
}

/// Reads forward through a `ByteView`; a read beyond the end gives nil and the cursor stays.
struct ByteCursor {
  let view: ByteView
  var offset: Int

  mutating func next<T: BitwiseCopyable>(_ type: T.Type) -> T? {
    guard let value = view.load(type, at: offset) else { return nil }
    offset += MemoryLayout<T>.size
    return value
  }

  /// Passes over one LEB128 number, signed or not, of at most 10 bytes (64 bits).
  mutating func skipLEB128() -> Bool {
    for _ in 0..<10 {
      guard let byte = next(UInt8.self) else { return false }
      if byte & 0x80 == 0 { return true }
    }
    return false
  }
}
