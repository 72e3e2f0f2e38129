/// Rows of a table of the recording that occur in samples.
struct SampledRows {
  private var isSampled: [Bool] = []
  private(set) var count: Int64 = 0

  /// Allocates only for a row that is new.
  mutating func insert(_ row: Int) {
    if row >= isSampled.count {
      isSampled.append(contentsOf: repeatElement(false, count: row + 1 - isSampled.count))
    }
    guard !isSampled[row] else { return }
    isSampled[row] = true
    count += 1
  }
}
