/// Numbers as people read them.
enum NumberText {
  /// `12,345`.
  static func grouped(_ value: Int64) -> String {
    let digits = String(value.magnitude)
    var result = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return result
  }

  /// `value / 10^decimals`.
  static func fixed(_ value: Int64, decimals: Int) -> String {
    var text = TextBuffer()
    text.append(fixed: value, decimals: decimals)
    return String(decoding: text.bytes, as: UTF8.self)
  }

  /// Nanoseconds in seconds with `decimals` (at most 9) decimals.
  static func seconds(_ nanoseconds: Int64, decimals: Int) -> String {
    let unit = (decimals..<9).reduce(Int64(1)) { unit, _ in unit * 10 }
    return fixed(roundedQuotient(max(nanoseconds, 0), unit), decimals: decimals)
  }

  /// Decimals that keep a column of seconds narrow: three below 100 s, fewer above.
  static func decimals(forLargest nanoseconds: Int64) -> Int {
    switch nanoseconds {
    case ..<100_000_000_000: 3
    case ..<10_000_000_000_000: 2
    default: 1
    }
  }

  /// `part / whole` in per cent with one decimal.
  static func percent(_ part: Int64, of whole: Int64) -> String {
    fixed(scaledShare(part, of: whole, scale: 1000), decimals: 1)
  }

  /// A pause with three digits that matter and its unit: `9.81 µs`, `1.2 ms`.
  static func pause(_ nanoseconds: Int64, microseconds: String) -> String {
    switch nanoseconds {
    case ..<100_000: "\(fixed(roundedQuotient(nanoseconds, 100), decimals: 1)) \(microseconds)"
    case ..<1_000_000: "\(roundedQuotient(nanoseconds, 1000)) \(microseconds)"
    case ..<1_000_000_000: "\(fixed(roundedQuotient(nanoseconds, 100_000), decimals: 1)) ms"
    default: "\(seconds(nanoseconds, decimals: 2)) s"
    }
  }

  /// `45 MB`, in powers of ten.
  static func bytes(_ bytes: Int64) -> String {
    switch bytes {
    case ..<1_000_000: "\(roundedQuotient(bytes, 1000)) kB"
    case ..<1_000_000_000: "\(roundedQuotient(bytes, 1_000_000)) MB"
    default: "\(fixed(roundedQuotient(bytes, 100_000_000), decimals: 1)) GB"
    }
  }

  /// Shares of `amounts` in parts per 1,000 that add up to exactly 1,000 (largest remainders), so
  /// that a column of per cents adds up to 100.0.
  static func shares(_ amounts: [Int64]) -> [Int64] {
    let total = amounts.reduce(0, &+)
    guard total > 0 else { return amounts.map { _ in 0 } }
    let exact = amounts.map { amount in
      let product = amount.magnitude.multipliedFullWidth(by: 1000)
      let (quotient, remainder) = total.magnitude.dividingFullWidth(product)
      return (share: Int64(quotient), remainder: remainder)
    }
    var shares = exact.map(\.share)
    let missing = Int(1000 - shares.reduce(0, +))
    let byRemainder = amounts.indices.sorted {
      (exact[$1].remainder, $0) < (exact[$0].remainder, $1)
    }
    for index in byRemainder.prefix(missing) { shares[index] += 1 }
    return shares
  }
}
