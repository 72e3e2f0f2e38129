import ProfileModel
import SampleTypes

extension WireSampleColumns {
  init(_ samples: ArraySlice<Sample>) {
    let usualWeight = Self.majorityWeight(samples)
    defaultWeight = usualWeight
    var lastTime: Int64 = 0
    time = samples.map { sample in
      defer { lastTime = sample.time }
      return sample.time &- lastTime
    }
    stack = Self.column(samples) { UInt32(bitPattern: $0.stack &+ 1) }
    thread = Self.column(samples) { UInt32(bitPattern: $0.thread) }
    states = Self.column(samples) { UInt32($0.states) }
    weight = Self.column(samples) { $0.weight &- usualWeight }
    reason = Self.column(samples) { UInt32($0.reason) }
  }

  /// A column, empty if it would say nothing.
  private static func column<Value: BinaryInteger>(
    _ samples: ArraySlice<Sample>, _ value: (Sample) -> Value
  ) -> [Value] {
    guard samples.contains(where: { value($0) != 0 }) else { return [] }
    return samples.map(value)
  }

  /// The weight that more than half of the samples have, if there is one (Boyer and Moore's vote);
  /// else any of them.
  private static func majorityWeight(_ samples: ArraySlice<Sample>) -> Int64 {
    var candidate: Int64 = 0
    var votes = 0
    for sample in samples {
      if votes == 0 { candidate = sample.weight }
      votes += sample.weight == candidate ? 1 : -1
    }
    return candidate
  }
}

extension Sample {
  /// The four small facts; each has at most four values. The rare sources need the top bit, so that
  /// all else fits the seven bits of a one-byte varint. An unknown GIL state is found again by the
  /// sample's reason: see `Profile.findUnknownGil`.
  fileprivate var states: UInt8 {
    let gil = gil == .unknown ? GilState.none : gil
    return cpu.rawValue | gil.rawValue << 2 | merge.rawValue << 4 | source.rawValue << 6
  }
}
