/// A direct-mapped cache of unwind rules by target address: nearly every frame of a running
/// program has been seen before, and a hit saves finding the module and its row.
struct RuleCache {
  private struct Entry: BitwiseCopyable {
    var address: UInt64
    var rule: UnwindRule
  }

  /// 4096 entries of 32 bytes fill an eighth to a half of today's second-level caches. Of hundreds of
  /// short-lived children each needs few: a cache grows where it has replaced half of what it holds.
  private static let mostBits: UInt64 = 12
  private static let empty = Entry(address: 0, rule: UnwindRule(kind: .notCode))

  private var bits: UInt64 = 8
  private var entries = [Entry](repeating: empty, count: 1 << 8)
  private var replacements = 0

  @inline(__always)
  func rule(at address: UInt64) -> UnwindRule? {
    let entry = entries[slot(address)]
    // Address 0 is never stored: it marks an empty slot.
    return entry.address == address && address != 0 ? entry.rule : nil
  }

  mutating func insert(_ rule: UnwindRule, at address: UInt64) {
    guard address != 0 else { return }
    let slot = slot(address)
    if entries[slot].address != 0 { replacements += 1 }
    entries[slot] = Entry(address: address, rule: rule)
    if replacements > entries.count / 2, bits < Self.mostBits { grow() }
  }

  private mutating func grow() {
    let old = entries
    bits += 2
    replacements = 0
    entries = [Entry](repeating: Self.empty, count: 1 << Int(bits))
    for entry in old where entry.address != 0 { entries[slot(entry.address)] = entry }
  }

  mutating func removeAll() {
    for index in entries.indices { entries[index] = Self.empty }
  }

  /// Fibonacci hashing: return addresses share their low bits' patterns.
  @inline(__always)
  private func slot(_ address: UInt64) -> Int {
    Int(truncatingIfNeeded: (address &* 0x9e37_79b9_7f4a_7c15) >> (64 - bits))
  }
}
