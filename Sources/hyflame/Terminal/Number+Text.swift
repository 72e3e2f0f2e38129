extension Double {
  /// Digits with at most one point: no sign, exponent, hexadecimal or `nan`.
  init?(decimal text: Substring) {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2e }) else { return nil }
    self.init(text)
  }

  /// Rounded to `digits` decimals: 12.40 → "12.4". Not finite or absurdly large: "?".
  func fixed(_ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { value, _ in value * 10 }
    guard let scaled = Int64(exactly: (self * scale).rounded()) else { return "?" }
    let whole = String(scaled.magnitude)
    guard digits > 0 else { return (scaled < 0 ? "-" : "") + whole }
    let padded = String(repeating: "0", count: max(0, digits + 1 - whole.count)) + whole
    return (scaled < 0 ? "-" : "") + padded.dropLast(digits) + "." + padded.suffix(digits)
  }
}

extension Int64 {
  /// 1234567 → "1,234,567".
  var grouped: String {
    let digits = String(magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return self < 0 ? "-" + text : text
  }
}
