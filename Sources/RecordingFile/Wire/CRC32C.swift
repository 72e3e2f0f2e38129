/// The Castagnoli CRC (RFC 3720, appendix B.4), which tells a chunk that was half written by a full
/// disk or a lost page from a whole one.
func crc32c(_ bytes: [UInt8]) -> UInt32 {
  var checksum = RunningChecksum()
  checksum.add(bytes)
  return checksum.value
}

/// The same of bytes that come in parts.
struct RunningChecksum {
  private var register = ~UInt32(0)

  var value: UInt32 { ~register }

  mutating func add(_ bytes: [UInt8]) {
    register = crc32cTable.withUnsafeBufferPointer { table in
      var crc = register
      for byte in bytes {
        crc = table[Int((crc ^ UInt32(byte)) & 0xff)] ^ (crc >> 8)
      }
      return crc
    }
  }
}

private let crc32cTable: [UInt32] = (0..<256).map { byte in
  var value = UInt32(byte)
  for _ in 0..<8 {
    // The reflected polynomial.
    value = value & 1 == 1 ? (value >> 1) ^ 0x82f6_3b78 : value >> 1
  }
  return value
}
