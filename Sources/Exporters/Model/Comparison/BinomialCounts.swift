/// So many successes of so many trials, each of which succeeds with the same chance.
struct BinomialCounts: Equatable {
  var successes: Int
  var trials: Int
  /// In 0...1, both excluded.
  var chance: Double

  /// How likely a result is that lies as far on the same side, or as unlikely a one on the other.
  var probability: Double { min(2 * min(tail(upper: true), tail(upper: false)), 1) }

  /// The smallest `probability` that so many trials can have.
  var leastProbability: Double {
    [0, trials].map { BinomialCounts(successes: $0, trials: trials, chance: chance).probability }
      .min() ?? 1
  }

  /// Share of the distribution from the successes on, or up to them. Its terms are made from their
  /// neighbours, beginning with the largest, so that none overflows and no logarithm is needed.
  private func tail(upper: Bool) -> Double {
    guard trials > 0 else { return 1 }
    let odds = chance / (1 - chance)
    let mode = min(Int(Double(trials + 1) * chance), trials)
    let isInTail = { (count: Int) in upper ? count >= successes : count <= successes }
    var (whole, tail) = (1.0, isInTail(mode) ? 1.0 : 0.0)
    var term = 1.0
    var count = mode
    while count < trials && term > Self.negligible {
      term *= Double(trials - count) / Double(count + 1) * odds
      count += 1
      whole += term
      if isInTail(count) { tail += term }
    }
    (term, count) = (1, mode)
    while count > 0 && term > Self.negligible {
      term *= Double(count) / Double(trials - count + 1) / odds
      count -= 1
      whole += term
      if isInTail(count) { tail += term }
    }
    return tail / whole
  }

  /// Of the largest term; what is less likely is impossible for every purpose here.
  private static let negligible = 1e-18
}
