/// Turns stretches of time off the CPU into samples: one for each period of accumulated time, as if
/// a clock had ticked all the while. Short stretches mostly yield none, and no bias.
struct OffCPUClock {
  private let period: UInt64
  private var accumulated: UInt64

  /// `phase` below `period` decides when the first tick comes, so that threads do not tick together.
  init(period: UInt64, phase: UInt64) {
    self.period = period
    accumulated = phase % period
  }

  /// Whether a stretch of `nanoseconds` would stand for any time.
  func ticks(within nanoseconds: UInt64) -> Bool { accumulated &+ nanoseconds >= period }

  /// The time that a stretch of `nanoseconds` stands for: a multiple of the period, mostly 0 for
  /// short ones.
  mutating func weight(of nanoseconds: UInt64) -> UInt64 {
    accumulated &+= nanoseconds
    let ticks = accumulated / period
    accumulated %= period
    return ticks * period
  }
}
