/// Splits the time of a thread that is only looked at now and then: how much of what the scheduler
/// counted does one look stand for, so that all looks together stand for all of it?
struct CPUAccount: Equatable {
  /// By how much a look may be ahead of the scheduler, nanoseconds: it counts at clock ticks, up to
  /// 10 ms apart.
  static let slack: Int64 = 10_000_000

  private var start: UInt64
  private var accounted: Int64 = 0

  /// `running` is the scheduler's count when the recording met the thread.
  init(running: UInt64) { start = running }

  /// Nanoseconds of CPU time since the start.
  func used(_ running: UInt64) -> UInt64 { running > start ? running &- start : 0 }

  /// A look that stands for `weight` nanoseconds found the thread ready or on a CPU. Returns what it stands for: CPU
  /// time, with what was used unseen if that is much; or nil where the thread has been given no CPU for so long that
  /// it must be waiting for one.
  mutating func look(running: UInt64, weight: UInt64) -> UInt64? {
    let unseen = Int64(clamping: used(running)) - accounted
    let usual = Int64(clamping: weight)
    guard unseen >= -max(Self.slack, usual) else { return nil }
    // Looks come at random instants of their periods: so much may pass between two of them.
    let result = unseen > 2 * usual + Self.slack ? unseen : usual
    accounted += result
    return UInt64(result)
  }
}
