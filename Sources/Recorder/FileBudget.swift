import Glibc

/// How many descriptors the events of threads may take of those that the user allows
/// (`RLIMIT_NOFILE`).
struct FileBudget {
  /// Left to memory maps, modules that are opened, the recording.
  private static let reserve = 24

  let limit: Int

  init() {
    var value = rlimit()
    let isKnown = getrlimit(Int32(RLIMIT_NOFILE.rawValue), &value) == 0
    limit = isKnown ? Int(clamping: value.rlim_cur) : 1024
  }

  /// Descriptors are numbered from the lowest free one on.
  func mayUse(_ descriptor: Int32) -> Bool { Int(descriptor) < limit - Self.reserve }
}
