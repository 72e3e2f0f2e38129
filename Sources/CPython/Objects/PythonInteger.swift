import SampleTypes

enum PythonInteger {
  /// The value of a `PyLongObject` of up to 64 bits that is not negative: digits of 30 bits, lowest
  /// first.
  static func read(
    at object: RemoteAddress, layout: Layout, memory: inout some RemoteMemory
  ) -> UInt64? {
    guard let tag = memory.word(at: object + layout.object.longTag) else { return nil }
    // From 3.12 on the two low bits are the sign, 2 for negative; before, the count was negative.
    let count = layout.minor >= 12 ? tag >> 3 : tag
    guard count <= 3, layout.minor < 12 || tag & 3 != 2,
      let digits = memory.bytes(at: object + layout.object.longDigits, count: 4 * Int(count))
    else { return nil }
    return digits.withUnsafeBytes { bytes in
      (0..<Int(count)).reduce(0) { value, index in
        value | UInt64(bytes.field(UInt32.self, 4 * index)) << UInt64(30 * index)
      }
    }
  }
}
