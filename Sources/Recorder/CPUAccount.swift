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

  /// A look found the thread ready or on a CPU, `elapsed` nanoseconds after the look before. Returns
  /// what it stands for: CPU time, with what was used unseen since the last; or nil where the
  /// thread has been given no CPU for so long that it must be waiting for one.
  mutating func look(running: UInt64, elapsed: UInt64) -> UInt64? {
    let unseen = Int64(clamping: used(running)) - accounted
    guard unseen >= -Self.slack else { return nil }
    let weight = max(Int64(clamping: elapsed), unseen)
    accounted += weight
    return UInt64(weight)
  }
}
