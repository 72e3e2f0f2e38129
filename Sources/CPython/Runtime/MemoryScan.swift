import SampleTypes

/// Searches ranges of the target's memory block by block.
enum MemoryScan {
  private static let blockSize = 64 * 1024
  /// Bytes that two blocks share, so that nothing is cut in two.
  private static let overlap = 192
  /// More `.data` and `.bss` than any interpreter has.
  private static let byteLimit = 64 << 20

  /// Calls `match` with each block and its address until it returns a value.
  static func first<Result, Memory: RemoteMemory>(
    in ranges: [AddressRange], memory: inout Memory,
    match: (UnsafeRawBufferPointer, RemoteAddress, inout Memory) -> Result?
  ) -> Result? {
    var block = [UInt8](repeating: 0, count: blockSize)
    var budget = byteLimit
    for range in ranges {
      var start = range.start
      while start < range.end, budget > 0 {
        let wanted = min(range.end - start, blockSize)
        let copied = block.withUnsafeMutableBytes {
          memory.copyBytes(at: start, into: .init(rebasing: $0[..<wanted]))
        }
        budget -= wanted
        let result = block.withUnsafeBytes {
          match(.init(rebasing: $0[..<copied]), start, &memory)
        }
        if let result { return result }
        start = start + (wanted > overlap && wanted == blockSize ? wanted - overlap : wanted)
      }
    }
    return nil
  }
}
