/// Integers of variable length (LEB128) under construction.
struct ByteColumns {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A signed number; small magnitudes are short (zigzag).
  mutating func append(difference value: Int64) {
    append(UInt64(bitPattern: value &<< 1 ^ value &>> 63))
  }

  mutating func append(contentsOf more: [UInt8]) { bytes.append(contentsOf: more) }

  mutating func flush(to sink: inout some ByteSink) {
    sink.write(bytes.span)
    bytes.removeAll(keepingCapacity: true)
  }
}
