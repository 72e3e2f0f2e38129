/// CRC-32 as zlib and `.gnu_debuglink` compute it: polynomial 0x04c11db7, reflected.
struct Checksum {
  private(set) var value: UInt32 = 0
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1
    }
  }

  mutating func add(_ bytes: some Sequence<UInt8>) {
    var register = ~value
    for byte in bytes {
      register = Self.table[Int(UInt8(truncatingIfNeeded: register) ^ byte)] ^ register >> 8
    }
    value = ~register
  }
}
