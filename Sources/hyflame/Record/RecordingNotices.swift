import Recorder

/// What `record` says of a recording besides its progress: what it will not show, before anybody waits for it,
/// and what must be known of it afterwards.
struct RecordingNotices {
  private let isQuiet: Bool
  private var shown: [String]?

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  /// To be called with each progress, before that is shown.
  mutating func begin(_ progress: RecordingProgress) {
    guard shown == nil else { return }
    shown = progress.notices
    guard !isQuiet else { return }
    for notice in progress.notices { StandardStream.error.show("note: \(notice)") }
  }

  /// Leaves to the end what was not said so far, and nothing twice.
  func end(_ summary: inout RecordingSummary) {
    let said = shown ?? []
    let late = summary.progress.notices.filter { !said.contains($0) && !summary.notes.contains($0) }
    summary.notes = late + summary.notes.filter { !said.contains($0) && $0 != summary.warning }
  }

  func warn(_ sentence: String) {
    if !isQuiet { StandardStream.error.show("warning: \(sentence)") }
  }
}
