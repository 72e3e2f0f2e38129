/// When the ticks of one thread come: at a random instant of its first period on the CPU, and each period
/// from there.
///
/// So a thread that lives for a part of a period has a sample with just that likelihood, and time that was
/// spent in short threads has its share of all samples, whatever they live for.
///
/// An event has one period, which is the first one at first. The usual one must be set when the first tick has
/// come, and ticks that come before that is done are none. Of an event that is deaf in one mode (user or
/// kernel) the first tick may not be heard, nor others of the period that was the first; `take` tells which
/// of those that are heard fall on instants that are to be sampled.
public struct TickPhase: Sendable {
  public let period: UInt64
  /// Up to the first tick.
  public let first: UInt64
  /// What the event's period is.
  public private(set) var current: UInt64
  /// True once the event's ticks are the wanted ones.
  public private(set) var isSettled = false

  /// A first period is not shorter than this part of a period: until it is replaced its ticks take time
  /// from the target. Threads that live for less than that have no samples.
  public static let leastPart: UInt64 = 128

  /// Ticks may be counted so many nanoseconds too early: a thread's clock and its timer are not stopped
  /// by the same instruction when it leaves the CPU.
  private static let tolerance: UInt64 = 20_000

  /// - Parameter instant: below `period`.
  public init(period: UInt64, instant: UInt64) {
    self.period = period
    first = max(instant + 1, period / Self.leastPart)
    current = first
  }

  /// With a random instant.
  public init(period: UInt64) {
    self.init(period: period, instant: UInt64.random(in: 0..<max(period, 1)))
  }

  /// A tick was heard when the thread had been on the CPU for `count` nanoseconds. True if the instant is to
  /// be sampled. If `isSettled` was false, the event's period must be set to `current` now.
  public mutating func take(at count: UInt64) -> Bool {
    guard !isSettled else { return true }
    let tolerance = min(Self.tolerance, period / 8)
    var behind = count < first ? 0 : (count - first) % period
    if period - behind < tolerance { behind = 0 }
    // Ticks come `current` apart, so one of each period falls so near behind the wanted instant.
    let isSample = behind < current
    isSettled = behind <= tolerance
    current = isSettled ? period : period - behind
    return isSample
  }
}
