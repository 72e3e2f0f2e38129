/// How many terminal columns text takes, and how it is made to fit.
enum ShortenedPart {
  case middle, start
}

extension String {
  /// Columns on a terminal: 2 for East Asian wide characters and emoji, 0 for combining marks.
  var displayWidth: Int {
    if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
    return unicodeScalars.reduce(0) { $0 + $1.displayWidth }
  }

  /// At most `width` columns: what is too long loses its middle, because both the start of a
  /// symbol and its end tell it from its neighbours, or its start.
  func shortened(
    to width: Int, losing part: ShortenedPart = .middle, ellipsis: String = "…"
  ) -> String {
    guard displayWidth > width else { return self }
    let room = width - ellipsis.displayWidth
    guard room > 1 else { return String(ellipsis.prefix(max(width, 0))) }
    let tail = part == .start ? room : room / 2
    return prefix(columns: room - tail) + ellipsis + suffix(columns: tail)
  }

  private func prefix(columns: Int) -> String {
    var rest = columns
    let kept = unicodeScalars.prefix {
      rest -= $0.displayWidth
      return rest >= 0
    }
    return String(kept)
  }

  private func suffix(columns: Int) -> String {
    var rest = columns
    var start = unicodeScalars.endIndex
    while start > unicodeScalars.startIndex {
      let previous = unicodeScalars.index(before: start)
      rest -= unicodeScalars[previous].displayWidth
      if rest < 0 { break }
      start = previous
    }
    return String(unicodeScalars[start...])
  }
}

extension Unicode.Scalar {
  /// The blocks of Unicode's East Asian Width "W" and "F" that occur in practice.
  var displayWidth: Int {
    switch value {
    case 0x300...0x36F, 0x200B...0x200D, 0xFE00...0xFE0F, 0x1F3FB...0x1F3FF: 0
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }
}
