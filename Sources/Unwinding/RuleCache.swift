/// A direct-mapped cache of unwind rules by target address: nearly every frame of a running
/// program has been seen before, and a hit saves finding the module and its row.
struct RuleCache {
  private struct Entry: BitwiseCopyable {
    var address: UInt64
    var rule: UnwindRule
  }

  /// 4096 entries of 32 bytes fill an eighth to a half of today's second-level caches.
  private static let bits: UInt64 = 12
  private static let empty = Entry(address: 0, rule: UnwindRule(kind: .notCode))

  private var entries = [Entry](repeating: empty, count: 1 << Int(bits))

  @inline(__always)
  func rule(at address: UInt64) -> UnwindRule? {
    let entry = entries[Self.slot(address)]
    // Address 0 is never stored: it marks an empty slot.
    return entry.address == address && address != 0 ? entry.rule : nil
  }

  mutating func insert(_ rule: UnwindRule, at address: UInt64) {
    guard address != 0 else { return }
    entries[Self.slot(address)] = Entry(address: address, rule: rule)
  }

  mutating func removeAll() {
    for index in entries.indices { entries[index] = Self.empty }
  }

  /// Fibonacci hashing: return addresses share their low bits' patterns.
  @inline(__always)
  private static func slot(_ address: UInt64) -> Int {
    Int(truncatingIfNeeded: (address &* 0x9e37_79b9_7f4a_7c15) >> (64 - bits))
  }
}
