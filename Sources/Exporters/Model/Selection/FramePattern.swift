/// A regular expression that the user typed, checked when it is made.
///
/// Kept as text because a compiled `Regex` is not `Sendable`.
public struct FramePattern: Sendable, Equatable {
  /// The pattern cannot be parsed; the sentence says why.
  public struct Invalid: Error, Equatable {
    public let pattern: String
    public let reason: String
  }

  public let source: String

  public init(_ source: String) throws(Invalid) {
    do {
      _ = try Regex(source)
    } catch {
      throw Invalid(pattern: source, reason: "\(error)")
    }
    self.source = source
  }

  /// Whether each of `names` has a match somewhere in it. Patterns are compiled once a call.
  func matches(in names: [String]) -> [Bool] {
    guard !isLiteral else { return names.map { $0.contains(source) } }
    guard let regex = try? Regex(source).matchingSemantics(.unicodeScalar) else {
      return names.map { _ in false }
    }
    return names.map { (try? regex.firstMatch(in: $0)) != nil }
  }

  /// True if no character has a special meaning; a substring search is many times faster.
  private var isLiteral: Bool {
    source.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "_/- :<>".unicodeScalars.contains($0)
    }
  }
}
