/// A copy of a stretch of one thread's stack, taken at the sampled instant.
///
/// Start it at `rsp - 128` where possible: compilers leave restored registers in the red zone
/// (x86-64 psABI, section 3.2.2), and unwind rows of epilogues point there.
public struct StackBytes {
  /// Target address of the first byte.
  public let start: UInt64
  public let bytes: UnsafeRawBufferPointer

  /// `bytes` must stay valid while this value is used.
  @inlinable
  public init(start: UInt64, bytes: UnsafeRawBufferPointer) {
    self.start = start
    self.bytes = bytes
  }

  /// One past the last target address.
  @inlinable
  public var end: UInt64 { start &+ UInt64(bytes.count) }

  /// The 8 bytes at a target address, or nil if any of them was not copied.
  @inlinable
  public func word(at address: UInt64) -> UInt64? {
    let offset = address &- start
    guard bytes.count >= 8, offset <= UInt64(bytes.count &- 8) else { return nil }
    return bytes.loadUnaligned(fromByteOffset: Int(offset), as: UInt64.self)
  }
}
