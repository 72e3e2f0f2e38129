/// What the recording cost, and what it could not see.
public struct Ledger: Sendable, Equatable {
  /// What the rate times the time on the CPU should have given.
  public var expectedSamples: Int64 = 0
  /// Samples that the kernel or a full buffer dropped.
  public var lostSamples: Int64 = 0
  /// Why merges were not exact; index 0 is the empty string, "no reason".
  public var reasons: [String] = [""]
  /// How long the target's threads were stopped, one entry a stop.
  public var pauses = PauseHistogram()
  /// CPU seconds that hyflame itself used, in nanoseconds.
  public var profilerCPU: Int64 = 0
  public var profilerPeakRSS: Int64 = 0
  /// System calls made while a thread was stopped, one entry a stop.
  public var stopCalls = StopCalls()
  /// Processes and threads that were recorded, those without a sample included; 0 if unknown.
  public var processesSeen: Int64 = 0
  public var threadsSeen: Int64 = 0
  /// False if the file ends before the recorder closed it: it was killed, or the file was cut.
  public var isComplete = false
  /// Where in the file something begins that its checksum refuses; nil if nothing is damaged.
  public var damageOffset: Int?
  /// A sentence on what damage has cost, if there is any.
  public var damage = ""
  /// Sentences for the user: what was hidden, what fell back, what failed.
  public var notes: [String] = []

  public init() {}
}

/// Pause lengths in logarithmic buckets: 16 per power of two, so that any quantile is known to
/// within 1/16, in constant memory.
public struct PauseHistogram: Sendable, Equatable {
  /// `counts[i]` pauses with `bucket(nanoseconds) == i`; trailing zeros are absent.
  public private(set) var counts: [Int64] = []
  public private(set) var count: Int64 = 0
  /// Nanoseconds.
  public private(set) var total: Int64 = 0
  /// Nanoseconds.
  public private(set) var longest: Int64 = 0

  public init() {}

  public init(counts: [Int64], total: Int64, longest: Int64) {
    self.counts = counts
    self.count = counts.reduce(0, &+)
    self.total = total
    self.longest = longest
  }

  public mutating func add(nanoseconds: Int64) {
    let value = max(nanoseconds, 0)
    let index = Self.bucket(value)
    if index >= counts.count {
      counts.append(contentsOf: repeatElement(0, count: index + 1 - counts.count))
    }
    counts[index] &+= 1
    count &+= 1
    total &+= value
    longest = max(longest, value)
  }

  /// The smallest pause (upper bound of its bucket, in nanoseconds) that at least `quantile` of all
  /// pauses do not exceed; 0 if there are none. `quantile` is in 0...1.
  public func quantile(_ quantile: Double) -> Int64 {
    guard count > 0 else { return 0 }
    // Counts come from a file: none of this may trap, whatever they are.
    let rank = Int64(exactly: max(1, (Double(count) * quantile).rounded(.up))) ?? count
    var seen: Int64 = 0
    for (index, bucketCount) in counts.enumerated() {
      seen &+= bucketCount
      if seen >= rank { return min(Self.upperBound(index), longest) }
    }
    return longest
  }

  /// Values below 16 have a bucket each; above, the top five bits choose it.
  static func bucket(_ value: Int64) -> Int {
    guard value >= 16 else { return Int(value) }
    let exponent = 63 - value.leadingZeroBitCount
    return (exponent - 3) * 16 + Int((value >> (exponent - 4)) & 15)
  }

  static func upperBound(_ index: Int) -> Int64 {
    guard index >= 16 else { return Int64(index) }
    let exponent = index / 16 + 3
    let step: Int64 = 1 << (exponent - 4)
    // The last bucket ends at Int64.max: the product wraps to Int64.min, and back.
    return (Int64(16 + index % 16) + 1) &* step &- 1
  }
}
