/// A source file for a page to show.
public struct SourceText: Sendable, Equatable {
  /// As `Function.file`.
  public var file: String
  /// Empty if `note` says why there is none.
  public var text: String
  /// A sentence on what may be wrong with it; empty if nothing is.
  public var note: String

  public init(file: String, text: String, note: String = "") {
    self.file = file
    self.text = text
    self.note = note
  }
}
