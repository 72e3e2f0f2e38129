/// Reads forward through a `ByteView`; a read beyond the end gives nil and the cursor stays.
struct ByteCursor {
  let view: ByteView
  var offset: Int

  mutating func next<T: BitwiseCopyable>(_ type: T.Type) -> T? {
    guard let value = view.load(type, at: offset) else { return nil }
    offset += MemoryLayout<T>.size
    return value
  }

  /// Passes over one LEB128 number, signed or not, of at most 10 bytes (64 bits).
  mutating func skipLEB128() -> Bool { unsignedLEB128() != nil }

  /// A number of at most 10 bytes; bits above 64 are dropped.
  mutating func unsignedLEB128() -> UInt64? { leb128()?.value }

  /// As `unsignedLEB128`, sign-extended.
  mutating func signedLEB128() -> Int64? {
    guard let (value, bits) = leb128() else { return nil }
    let isNegative = bits < 64 && value >> UInt64(bits - 1) & 1 == 1
    return Int64(bitPattern: isNegative ? value | UInt64.max << UInt64(bits) : value)
  }

  private mutating func leb128() -> (value: UInt64, bits: Int)? {
    var value: UInt64 = 0
    var bits = 0
    for _ in 0..<10 {
      guard let byte = next(UInt8.self) else { return nil }
      value |= UInt64(byte & 0x7f) << UInt64(bits)
      bits += 7
      if byte & 0x80 == 0 { return (value, bits) }
    }
    return nil
  }

  /// `DW_EH_PE_…` formats (LSB core, section 10.5), sign-extended; LEB128 ones do not occur in FDEs.
  mutating func encodedValue(_ encoding: UInt8) -> UInt64? {
    switch encoding & 0x0f {
    case 0x02: next(UInt16.self).map(UInt64.init)
    case 0x03: next(UInt32.self).map(UInt64.init)
    case 0x00, 0x04, 0x0c: next(UInt64.self)
    case 0x0a: next(Int16.self).map { UInt64(bitPattern: Int64($0)) }
    case 0x0b: next(Int32.self).map { UInt64(bitPattern: Int64($0)) }
    default: nil
    }
  }
}
