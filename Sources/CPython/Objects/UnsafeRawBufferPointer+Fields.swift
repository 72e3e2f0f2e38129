import SampleTypes

/// Fields of a structure that was copied from the target, by byte offset. An offset outside of the
/// buffer gives 0: the copy may be short, and a zero never passes for a pointer.
extension UnsafeRawBufferPointer {
  @inline(__always)
  func field<T: BitwiseCopyable & FixedWidthInteger>(_ type: T.Type, _ offset: Int) -> T {
    guard offset >= 0, offset <= count &- MemoryLayout<T>.size else { return 0 }
    return loadUnaligned(fromByteOffset: offset, as: T.self)
  }

  @inline(__always)
  func word(_ offset: Int) -> UInt64 { field(UInt64.self, offset) }

  @inline(__always)
  func pointer(_ offset: Int) -> RemoteAddress { RemoteAddress(word(offset)) }
}
