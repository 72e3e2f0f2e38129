/// What the text report may use of a terminal: colours and characters beyond ASCII.
struct TextStyle {
  /// Select Graphic Rendition parameters (ECMA-48, 8.3.117).
  enum Color: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case magenta = "35"
    case cyan = "36"
  }

  var usesColor: Bool
  var usesUnicode: Bool

  var ellipsis: String { usesUnicode ? "…" : "..." }
  var separator: String { usesUnicode ? " · " : ", " }
  /// Stands for exactly zero, so that columns full of nothing recede.
  var zero: String { usesUnicode ? "·" : "-" }
  /// From a function to what called it.
  var arrow: String { usesUnicode ? " ← " : " <- " }
  /// Between what was and what is.
  var becomes: String { usesUnicode ? "→" : "->" }
  /// Before a figure that chance explains.
  var approximately: String { usesUnicode ? "≈" : "~" }
  var times: String { usesUnicode ? "×" : "x" }
  var microseconds: String { usesUnicode ? "µs" : "us" }

  func paint(_ text: String, _ color: Color?) -> String {
    guard usesColor, let color, !text.isEmpty else { return text }
    return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
  }

  /// A bar of `width` columns of which `share` parts per 1,000 are filled, in eighths of a column.
  func bar(share: Int64, width: Int) -> String {
    guard usesUnicode else {
      let full = Int(share) * width / 1000
      return String(repeating: "#", count: share > 0 ? max(full, 1) : 0).padded(to: width)
    }
    let eighths = share > 0 ? max(Int(share) * width * 8 / 1000, 1) : 0
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    return (String(repeating: "█", count: eighths / 8) + partial).padded(to: width)
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - displayWidth))
  }

  func aligned(right width: Int) -> String {
    String(repeating: " ", count: max(0, width - displayWidth)) + self
  }
}
