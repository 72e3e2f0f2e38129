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
