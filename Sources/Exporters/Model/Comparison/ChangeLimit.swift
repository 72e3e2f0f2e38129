/// `RE>+5%`: no function that RE matches may take so much more time than before.
public struct ChangeLimit: Sendable, Equatable {
  public let pattern: FramePattern
  /// 0.05 for 5 %.
  let share: Double
  /// The part behind the pattern.
  let text: String

  /// What is wrong with the text, in a sentence.
  public struct Invalid: Error, Equatable {
    public let reason: String
  }

  public init(_ text: String) throws(Invalid) {
    guard let sign = text.lastIndex(of: ">"), sign > text.startIndex else {
      throw Invalid(reason: "it has no '>'; an example is 'parse>+5%'")
    }
    let limit = text[text.index(after: sign)...]
    guard limit.hasSuffix("%"), let percent = Double(limit.dropLast()), percent.isFinite else {
      throw Invalid(reason: "'\(limit)' is no number of per cent; an example is 'parse>+5%'")
    }
    do {
      pattern = try FramePattern(String(text[..<sign]))
    } catch {
      throw Invalid(reason: "'\(error.pattern)' is not a regular expression: \(error.reason)")
    }
    share = percent / 100
    self.text = String(limit)
  }
}
