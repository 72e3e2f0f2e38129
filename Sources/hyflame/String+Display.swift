import Glibc

extension String {
  /// What the C library says about an `errno`.
  init(errorNumber: Int32) { self = String(cString: strerror(errorNumber)) }

  /// Without anything that moves a terminal's cursor, changes its colours or reorders its text:
  /// control characters but the line feed, and the bidirectional controls.
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
    properties.generalCategory == .control || properties.isBidiControl
      || properties.generalCategory == .lineSeparator
      || properties.generalCategory == .paragraphSeparator
  }
}
