/// Sentences for the user about a recording. What may happen to each of thousands of threads is counted,
/// and told once.
struct SessionNotes {
  /// What a count is of.
  enum Subject: Hashable, Sendable {
    case threadWithoutSignal
    /// With the reason.
    case unsampledThread(String)
    case unrecordedChild(String)
  }

  private var plain: [String] = []
  private var counts: [(subject: Subject, count: Int, first: Int32)] = []
  private static let limit = 64

  mutating func add(_ sentence: String) {
    if plain.count < Self.limit && !plain.contains(sentence) { plain.append(sentence) }
  }

  /// Counts a thread or process with this number.
  mutating func add(_ subject: Subject, _ number: Int32) {
    if let index = counts.firstIndex(where: { $0.subject == subject }) {
      counts[index].count += 1
    } else if counts.count < Self.limit {
      counts.append((subject, 1, number))
    }
  }

  var sentences: [String] {
    plain + counts.map { Self.sentence($0.subject, $0.count, first: $0.first) }
  }

  private static func sentence(_ subject: Subject, _ count: Int, first: Int32) -> String {
    let isOne = count == 1
    switch subject {
    case .threadWithoutSignal:
      return isOne
        ? "thread \(first) blocks or handles every signal that could stop it: its Python frames are "
          + "read without a stop"
        : "\(count) threads block or handle every signal that could stop them (\(first) first): their "
          + "Python frames are read without a stop"
    case .unsampledThread(let reason):
      return isOne
        ? "thread \(first) is not sampled: \(reason)"
        : "\(count) threads are not sampled (\(first) first): \(reason)"
    case .unrecordedChild(let reason):
      return isOne
        ? "child process \(first) is not recorded: \(reason)"
        : "\(count) child processes are not recorded (\(first) first): \(reason)"
    }
  }
}
