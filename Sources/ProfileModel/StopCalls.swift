/// How many system calls stops of the target took, from learning of one to letting the thread go on.
public struct StopCalls: Sendable, Equatable {
  /// Stops that took more are counted as if they took this many.
  public static let limit = 255

  /// `counts[n]` stops took `n` system calls; trailing zeros are absent.
  public private(set) var counts: [Int64] = []

  public init() {}

  /// `counts` beyond `limit` are left out.
  public init(counts: [Int64]) { self.counts = Array(counts.prefix(Self.limit + 1)) }

  public mutating func add(_ calls: Int) {
    let index = min(max(calls, 0), Self.limit)
    if index >= counts.count {
      counts.append(contentsOf: repeatElement(0, count: index + 1 - counts.count))
    }
    counts[index] &+= 1
  }

  /// Number of stops.
  public var stops: Int64 { counts.reduce(0, &+) }

  /// The smallest number of calls that at least `quantile` (0...1) of the stops do not exceed; 0 if
  /// there are none.
  public func quantile(_ quantile: Double) -> Int {
    let stops = stops
    // Counts come from a file: none of this may trap, whatever they are.
    let rank = Int64(exactly: max(1, (Double(stops) * quantile).rounded(.up))) ?? stops
    var seen: Int64 = 0
    for (calls, count) in counts.enumerated() {
      seen &+= count
      if seen >= rank { return calls }
    }
    return 0
  }

  /// The most that any stop took.
  public var most: Int { counts.lastIndex { $0 > 0 } ?? 0 }
}
