/// Names come from the target: nothing in them may steer a terminal, end an XML element, or be
/// taken for a separator.
extension TextBuffer {
  /// XML 1.0 character data or a double-quoted attribute value.
  mutating func append(xml text: String) {
    var text = text
    text.withUTF8 { utf8 in
      guard !utf8.allSatisfy(Self.isPlainXML) else { return append(bytes: utf8) }
      for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars { append(xml: scalar) }
    }
  }

  private static func isPlainXML(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "\""),
      UInt8(ascii: "'"):
      false
    default: byte >= 0x20 && byte < 0x7F
    }
  }

  private mutating func append(xml scalar: Unicode.Scalar) {
    switch scalar {
    case "<": append("&lt;")
    case ">": append("&gt;")
    case "&": append("&amp;")
    case "\"": append("&quot;")
    case "'": append("&#39;")
    default: append(scalar: scalar.isHarmless ? scalar : "\u{FFFD}")
    }
  }

  /// Text for a terminal: what could move the cursor, change colours or reorder is replaced.
  mutating func append(terminal text: String) {
    append(text.replacingHarmfulScalars(with: "\u{FFFD}"))
  }

  /// A frame of a folded line. `;` separates frames and the last blank of a line starts the count,
  /// so that a name such as `worker 3` would be read as a count (difffolded's second column).
  mutating func append(folded text: String) {
    let start = count
    if text.isEmpty { append("[unnamed]") }
    for byte in text.replacingHarmfulScalars(with: " ").utf8 {
      append(byte: byte == UInt8(ascii: ";") ? UInt8(ascii: ":") : byte)
    }
    guardTrailingNumber(from: start)
  }

  private mutating func guardTrailingNumber(from start: Int) {
    let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    guard
      let blank = bytes[start...].lastIndex(where: { !isDigit($0) && $0 != UInt8(ascii: ".") }),
      bytes[blank] == UInt8(ascii: " ")
    else { return }
    replaceByte(at: blank, with: UInt8(ascii: "-"))
  }

  mutating func append(scalar: Unicode.Scalar) {
    append(bytes: UTF8.encode(scalar).unsafelyUnwrapped)
  }
}

extension String {
  /// The same for text of several lines: line feeds and tabs stay.
  func replacingHarmfulScalarsOfLines(with replacement: Unicode.Scalar) -> String {
    if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x09 }) { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      let stays = scalar == "\n" || scalar == "\t" || scalar == "\r" || scalar.isHarmless
      result.append(stays ? scalar : replacement)
    }
    return String(result)
  }

  /// All that is not harmless is replaced.
  func replacingHarmfulScalars(with replacement: Unicode.Scalar) -> String {
    if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars { result.append(scalar.isHarmless ? scalar : replacement) }
    return String(result)
  }
}

extension Unicode.Scalar {
  /// False for what steers a terminal, reorders a line (CVE-2021-42574) or makes two names look alike:
  /// C0 and C1 controls, line and paragraph separators, bidirectional controls, all that has no width,
  /// and the two non-characters that XML 1.0 forbids.
  var isHarmless: Bool {
    switch value {
    case 0x20..<0x7F: true
    case 0..<0x20, 0x7F..<0xA0, 0xFFFE...0xFFFF: false
    default:
      switch properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: false
      default: !properties.isBidiControl && !properties.isDefaultIgnorableCodePoint
      }
    }
  }
}
