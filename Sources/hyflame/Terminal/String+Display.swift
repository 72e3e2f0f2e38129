import Glibc

extension String {
  /// What the C library says about an `errno`.
  init(errorNumber: Int32) { self = String(cString: strerror(errorNumber)) }

  /// Without anything that moves a terminal's cursor, changes its colours or reorders its text:
  /// control characters but the line feed, the bidirectional controls, and what has no width.
  var withVisibleControlCharacters: String {
    var safe = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if scalar == "\n" || !scalar.isHarmful {
        safe.append(scalar)
      } else {
        safe.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
      }
    }
    return String(safe)
  }

  /// JSON for a terminal: the same characters, which only strings can hold, by their numbers.
  var withEscapedJSONCharacters: String {
    var safe = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      guard scalar.isHarmful, scalar != "\n" else {
        safe.append(scalar)
        continue
      }
      for unit in UTF16.encode(scalar).unsafelyUnwrapped {
        let digits = String(unit, radix: 16)
        let zeros = String(repeating: "0", count: 4 - digits.count)
        safe.append(contentsOf: "\\u\(zeros)\(digits)".unicodeScalars)
      }
    }
    return String(safe)
  }

  /// As one word of a POSIX shell.
  var shellQuoted: String {
    let plain = unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "_-./+:@%,=".unicodeScalars.contains($0)
    }
    if plain && !isEmpty { return self }
    return "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}

extension Unicode.Scalar {
  fileprivate var isHarmful: Bool {
    properties.generalCategory == .control || properties.generalCategory == .format
      || properties.isBidiControl || properties.isDefaultIgnorableCodePoint
      || properties.generalCategory == .lineSeparator
      || properties.generalCategory == .paragraphSeparator
  }
}
