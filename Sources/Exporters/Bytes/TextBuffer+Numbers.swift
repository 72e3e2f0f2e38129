extension TextBuffer {
  /// `-12345`.
  mutating func append(decimal value: Int64) {
    if value < 0 { append(byte: UInt8(ascii: "-")) }
    append(digits: value.magnitude, atLeast: 1)
  }

  /// `value / 10^decimals` with exactly that many decimals: `append(fixed: 12345, decimals: 4)`
  /// writes `1.2345`. Works on integers, so that equal input gives equal bytes everywhere.
  mutating func append(fixed value: Int64, decimals: Int) {
    if value < 0 { append(byte: UInt8(ascii: "-")) }
    let start = count
    append(digits: value.magnitude, atLeast: decimals + 1)
    guard decimals > 0 else { return }
    insertPoint(at: start, decimals: decimals)
  }

  private mutating func append(digits value: UInt64, atLeast minimum: Int) {
    var rest = value
    var length = 0
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digits in
      repeat {
        digits[31 - length] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
        length += 1
      } while rest > 0 || length < min(minimum, 31)
      append(bytes: digits[(32 - length)...])
    }
  }

  private mutating func insertPoint(at start: Int, decimals: Int) {
    let fraction = Array(bytes[(count - decimals)...])
    truncate(to: count - decimals)
    append(byte: UInt8(ascii: "."))
    append(bytes: fraction)
  }
}

/// Integer division that rounds to nearest, for non-negative values.
func roundedQuotient(_ value: Int64, _ divisor: Int64) -> Int64 {
  let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
  return remainder >= divisor - remainder ? quotient + 1 : quotient
}

/// `part / whole * scale`, rounded, with 128-bit intermediate values; 0 where `whole` is 0.
func scaledShare(_ part: Int64, of whole: Int64, scale: Int64) -> Int64 {
  guard whole > 0, part > 0 else { return 0 }
  let product = part.magnitude.multipliedFullWidth(by: scale.magnitude)
  guard product.high < whole.magnitude else { return Int64.max }
  let (quotient, remainder) = whole.magnitude.dividingFullWidth(product)
  return Int64(clamping: remainder >= whole.magnitude - remainder ? quotient + 1 : quotient)
}
