/// Memory of a target process: live, copied at the sampled instant, or made up by a test.
///
/// Everything that interprets the target's memory takes this as a parameter and never reads a
/// process itself. Conformers are `mutating` so that they can count, cache and log.
public protocol RemoteMemory: ~Copyable {
  /// Copies target memory from `address` on into `buffer` and returns how many bytes were copied.
  /// Fewer than asked is normal: a range may reach into an unmapped page.
  mutating func copyBytes(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int

  /// Copies pieces of `size` bytes, `offset` bytes behind each of `addresses`, into `buffer`, one behind the
  /// other, and returns how many: it stops at the first that cannot be read whole, or at a limit of its own.
  mutating func copyPieces(
    of size: Int, at addresses: ArraySlice<RemoteAddress>, plus offset: Int,
    into buffer: UnsafeMutableRawBufferPointer
  ) -> Int
}

extension RemoteMemory where Self: ~Copyable {
  public mutating func copyPieces(
    of size: Int, at addresses: ArraySlice<RemoteAddress>, plus offset: Int,
    into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    var count = 0
    for address in addresses {
      let place = UnsafeMutableRawBufferPointer(
        rebasing: buffer[(count * size)..<((count + 1) * size)])
      guard copyBytes(at: address + offset, into: place) == size else { break }
      count += 1
    }
    return count
  }
}

extension RemoteMemory where Self: ~Copyable {
  /// The value of a trivial type at `address`, or nil if any of its bytes cannot be read.
  @inlinable
  public mutating func load<T: BitwiseCopyable>(_ type: T.Type, at address: RemoteAddress) -> T? {
    withUnsafeTemporaryAllocation(
      byteCount: MemoryLayout<T>.size, alignment: MemoryLayout<T>.alignment
    ) { buffer in
      guard copyBytes(at: address, into: buffer) == MemoryLayout<T>.size else { return nil }
      return buffer.load(as: T.self)
    }
  }

  @inlinable
  public mutating func word(at address: RemoteAddress) -> UInt64? {
    load(UInt64.self, at: address)
  }

  @inlinable
  public mutating func pointer(at address: RemoteAddress) -> RemoteAddress? {
    load(UInt64.self, at: address).map(RemoteAddress.init)
  }

  /// Exactly `count` bytes from `address` on, or nil. The caller bounds `count`: it often comes
  /// from memory that the target controls.
  @inlinable
  public mutating func bytes(at address: RemoteAddress, count: Int) -> [UInt8]? {
    guard count >= 0 else { return nil }
    var complete = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = copyBytes(at: address, into: UnsafeMutableRawBufferPointer(buffer))
      complete = initialized == count
    }
    return complete ? bytes : nil
  }
}
