import Glibc

/// How many files may be open at a time (getrlimit(2), RLIMIT_NOFILE), and which part of them the events
/// of threads may take: files of the target and the recording must still be opened.
struct DescriptorBudget {
  /// Up to three descriptors a thread: the usual soft limit of 1,024 is met by 340 threads.
  static func raiseLimit() {
    var limit = rlimit()
    guard getrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Fewer do not suffice for the target's files and the recorder's own, even where the target has one thread.
  private static let fewest = 64

  /// Fails where the user allows so few that files of the target could not be opened, which looks as if it had
  /// none.
  func check() throws(RecordingError) {
    guard most >= Self.fewest else { throw .tooFewFiles(limit: most) }
  }

  /// What the user allows.
  let most: Int
  private let limit: Int32

  init() {
    var limit = rlimit()
    _ = getrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit)
    most = Int(clamping: limit.rlim_cur)
    self.limit = Int32(clamping: most - min(256, most / 3))
  }

  /// True if a descriptor is one of those that events leave to others: the kernel gives the lowest number
  /// that is free.
  func isSpent(by descriptor: Int32) -> Bool { descriptor >= limit }
}
