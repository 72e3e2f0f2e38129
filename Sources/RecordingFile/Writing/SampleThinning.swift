/// Makes a recording last that would have more samples than it can hold: of what is left of the room, each
/// half holds half as many of the samples that come, which stand for the others by their weight. It is
/// never full, and no time is missing.
struct SampleThinning {
  private let limit: Int
  private var kept = 0
  /// One of so many samples is kept, a power of two.
  private(set) var factor: Int64 = 1

  init(limit: Int) { self.limit = limit }

  /// What the weight of the next sample is to be multiplied with; nil if another stands for it. Which ones
  /// are kept is left to chance, so that threads that take turns are all met.
  mutating func next() -> Int64? {
    guard kept < limit, factor == 1 || Int64.random(in: 0..<factor) == 0 else { return nil }
    defer {
      kept += 1
      while factor < 1 << 20, Int64(limit - kept) * 2 * factor <= Int64(limit) { factor *= 2 }
    }
    return factor
  }
}
