/// A demangled C++ name, cut where its parameter list is.
struct CxxName: Equatable {
  /// `std::vector<int>::push_back`.
  var stem: Substring
  /// `(int const&)`, with the `const` of a member function; empty for a C name.
  var parameters: Substring
  /// `.constprop.0` of a C name, ` [clone .cold]` of a C++ name: what the compiler made of it.
  var clone: Substring

  init(_ name: String) {
    let all = name[...]
    var body = all
    while body.hasSuffix("]"), let start = body.lastRange(of: " [clone ") {
      body = body[..<start.lowerBound]
    }
    clone = all[body.endIndex...]
    stem = body
    parameters = all[body.endIndex..<body.endIndex]
    if let open = Self.parameterList(of: body) {
      stem = body[..<open]
      parameters = body[open...]
    } else if clone.isEmpty, let dot = Self.firstDot(of: body) {
      stem = body[..<dot]
      clone = body[dot...]
    }
  }

  /// Where the last parenthesis in `body` opens that is a parameter list.
  private static func parameterList(of body: Substring) -> Substring.Index? {
    var list = body
    for qualifier in [" &&", " &", " volatile", " const"] where list.hasSuffix(qualifier) {
      list = list.dropLast(qualifier.count)
    }
    guard list.hasSuffix(")"), let open = opening(of: list.utf8) else { return nil }
    let stem = body[..<open]
    // `operator()` itself, `(anonymous namespace)`, and declarators such as `void (*f())(int)`.
    guard let last = stem.utf8.last, last != UInt8(ascii: " "), !stem.hasSuffix("operator"),
      last != UInt8(ascii: ")") || stem.hasSuffix("operator()")
    else { return nil }
    return open
  }

  /// The parenthesis that the last one of `text` closes.
  private static func opening(of text: Substring.UTF8View) -> Substring.Index? {
    var depth = 0
    for index in text.indices.reversed() {
      if text[index] == UInt8(ascii: ")") { depth += 1 }
      if text[index] == UInt8(ascii: "(") { depth -= 1 }
      if depth == 0 { return index }
    }
    return nil
  }

  /// Compilers append `.isra.0` and the like to C names, which have no dots of their own.
  private static func firstDot(of name: Substring) -> Substring.Index? {
    guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")), dot > name.startIndex else {
      return nil
    }
    return dot
  }
}

extension Substring {
  /// Foundation has one; the pure modules do without it.
  fileprivate func lastRange(of text: String) -> Range<Index>? { ranges(of: text).last }
}
