/// The chunks of a recording as bytes, taken apart and put together by code of its own.
struct RawRecording {
  let header: [UInt8]
  var payloads: [[UInt8]] = []
  var chunkOffsets: [Int] = []

  init(_ file: [UInt8]) {
    header = Array(file.prefix(12))
    var offset = 12
    while offset < file.count {
      let length = (0..<4).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
      chunkOffsets.append(offset)
      payloads.append(Array(file[offset + 8..<offset + 8 + length]))
      offset += 8 + length
    }
  }

  /// The file with lengths and checksums that fit the payloads.
  var file: [UInt8] {
    payloads.reduce(header) { file, payload in
      file + littleEndian(UInt32(payload.count)) + littleEndian(castagnoli(payload)) + payload
    }
  }

  private func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// CRC-32C bit by bit.
func castagnoli(_ bytes: [UInt8]) -> UInt32 {
  var crc = UInt32.max
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
  }
  return ~crc
}
