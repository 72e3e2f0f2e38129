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
