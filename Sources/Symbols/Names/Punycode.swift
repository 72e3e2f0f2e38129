/// Decodes Punycode (RFC 3492) as Rust spells it: the delimiter is the last `_`, digits are `a`–`z`
/// and `0`–`9`. Nil for what is none, or is longer than any identifier.
func punycodeDecoded(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
  let lengthLimit = 128
  guard bytes.count <= 4 * lengthLimit else { return nil }
  let delimiter = bytes.lastIndex(of: UInt8(ascii: "_"))
  var scalars = bytes[..<(delimiter ?? 0)].map { UnicodeScalar($0) }
  var code: UInt32 = 128
  var index: UInt32 = 0
  var bias: UInt32 = 72
  var isFirst = true
  var position = delimiter.map { $0 + 1 } ?? 0
  guard position < bytes.count else { return nil }
  while position < bytes.count {
    guard let delta = punycodeNumber(bytes, &position, bias: bias),
      case (let sum, let overflow) = index.addingReportingOverflow(delta), !overflow
    else { return nil }
    let count = UInt32(scalars.count) + 1
    bias = adaptedBias(delta, count: count, isFirst: isFirst)
    isFirst = false
    code = code &+ sum / count
    index = sum % count
    guard code <= 0x10ffff, let scalar = UnicodeScalar(code), count <= lengthLimit else {
      return nil
    }
    scalars.insert(scalar, at: Int(index))
    index += 1
  }
  return String(String.UnicodeScalarView(scalars))
}

/// One generalized variable-length integer (RFC 3492, section 3.3).
private func punycodeNumber(
  _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, bias: UInt32
) -> UInt32? {
  var value: UInt32 = 0
  var weight: UInt32 = 1
  var base: UInt32 = 36
  while position < bytes.count {
    let byte = bytes[position]
    position += 1
    let digit: UInt32
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = UInt32(byte - UInt8(ascii: "a"))
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(byte - UInt8(ascii: "0")) + 26
    default: return nil
    }
    let (product, overflow) = digit.multipliedReportingOverflow(by: weight)
    let (sum, carry) = value.addingReportingOverflow(product)
    if overflow || carry { return nil }
    value = sum
    let threshold = base <= bias ? 1 : min(base - bias, 26)
    if digit < threshold { return value }
    let (next, tooLarge) = weight.multipliedReportingOverflow(by: 36 - threshold)
    if tooLarge { return nil }
    weight = next
    base += 36
  }
  return nil
}

/// RFC 3492, section 6.1.
private func adaptedBias(_ delta: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
  var delta = isFirst ? delta / 700 : delta / 2
  delta += delta / count
  var steps: UInt32 = 0
  while delta > 455 {
    delta /= 35
    steps += 36
  }
  return steps + 36 * delta / (delta + 38)
}
