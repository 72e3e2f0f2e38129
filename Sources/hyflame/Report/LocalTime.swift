import Glibc

/// The clock on the wall of whoever reads.
enum LocalTime {
  /// Seconds that it is ahead of UTC at an instant, in nanoseconds since the Unix epoch.
  static func offset(at time: Int64) -> Int {
    var seconds = time_t(time / 1_000_000_000)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return 0 }
    return parts.tm_gmtoff
  }
}
