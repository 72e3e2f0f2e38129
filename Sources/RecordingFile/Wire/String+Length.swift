extension String {
  /// The text itself, or its beginning of at most `limit` bytes with `…` at the end.
  func cut(to limit: Int) -> String {
    guard utf8.count > limit else { return self }
    let mark = "…"
    var end = utf8.index(utf8.startIndex, offsetBy: limit - mark.utf8.count)
    // Not within a character.
    while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
    return String(unicodeScalars[..<end]) + mark
  }
}
