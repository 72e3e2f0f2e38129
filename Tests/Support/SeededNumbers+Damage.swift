extension SeededNumbers {
  /// The bytes with one to four things wrong: bits, bytes and words overwritten, parts missing,
  /// repeated or cut off.
  public mutating func damaged(_ whole: [UInt8]) -> [UInt8] {
    var bytes = whole
    for _ in 0...next() % 4 where !bytes.isEmpty {
      let index = Int(next() % UInt64(bytes.count))
      switch next() % 8 {
      case 0: bytes[index] ^= 1 << UInt8(next() % 8)
      case 1: bytes[index] = UInt8(truncatingIfNeeded: next())
      case 2: bytes[index] = [0, 0x7f, 0x80, 0xff][Int(next() % 4)]
      case 3: bytes.insert(UInt8(truncatingIfNeeded: next()), at: index)
      case 4: bytes.removeSubrange(index..<min(index + Int(next() % 9), bytes.count))
      case 5: bytes.removeLast(bytes.count - index)
      case 6: bytes.insert(contentsOf: bytes[index...].prefix(12), at: index)
      default:
        // A whole little-endian word, at which careless arithmetic goes wrong.
        let word: UInt64 = [0, 1, .max, .max >> 1, 1 << 63, 1 << 32][Int(next() % 6)]
        let place = index & ~7
        for byte in 0..<8 where place + byte < bytes.count {
          bytes[place + byte] = UInt8(truncatingIfNeeded: word >> UInt64(8 * byte))
        }
      }
    }
    return bytes
  }
}
