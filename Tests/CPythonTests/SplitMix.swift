/// A small seeded generator (Steele, Lea, Flood 2014), so that a failure can be repeated.
struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  /// Values at which careless arithmetic goes wrong.
  mutating func interestingWord(near value: UInt64) -> UInt64 {
    switch below(8) {
    case 0: next()
    case 1: 0
    case 2: .max - UInt64(below(16))
    case 3: UInt64(Int64.max) - UInt64(below(16))
    case 4: 1 << 63
    case 5: value &+ 8 &* UInt64(below(64)) &- 256
    case 6: value ^ 1 << UInt64(below(64))
    default: UInt64(below(4096))
    }
  }
}
