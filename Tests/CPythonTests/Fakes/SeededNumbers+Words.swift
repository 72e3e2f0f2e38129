import Support

extension SeededNumbers {
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
