/// Samples that are made and not in the recording yet, in the order in which they were made.
final class SampleQueue {
  private var drafts: [(thread: RecordedThread, draft: SampleDraft)] = []

  func append(_ draft: SampleDraft, of thread: RecordedThread) { drafts.append((thread, draft)) }

  /// Calls `body` with each, and forgets it.
  func empty(_ body: (RecordedThread, SampleDraft) -> Void) {
    for (thread, draft) in drafts { body(thread, draft) }
    drafts.removeAll(keepingCapacity: true)
  }
}
