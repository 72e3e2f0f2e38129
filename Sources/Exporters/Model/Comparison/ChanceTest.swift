/// How likely chance alone makes a difference as large as one between two recordings.
///
/// Where nothing changed, samples fall on the two recordings as a coin does that is weighted by their
/// lengths and rates: a binomial distribution, which is exact however few they are. A clock that ticks
/// evenly varies less, so the test errs towards calling a change chance.
struct ChanceTest {
  /// Share of false alarms among what is called more than chance.
  static let level = 0.05

  /// Weight of a sample of the second recording over that of one of the first, both scaled: for what
  /// only one of them has.
  let weightRatio: Double

  /// Marks those changes that are more than chance.
  ///
  /// Of a thousand functions fifty would pass a test at 5 % by chance alone, so all are judged together
  /// (Benjamini and Hochberg 1995). What has too few samples to ever pass does not count as a try
  /// (Tarone 1990).
  func mark(_ changes: inout [Change]) {
    let tries = changes.indices.compactMap { index -> (index: Int, probability: Double)? in
      let counts = counts(of: changes[index])
      let probability = counts.probability
      changes[index].probability = probability
      return counts.leastProbability <= Self.level ? (index, probability) : nil
    }.sorted { $0.probability < $1.probability }
    let accepted = tries.enumerated().last { rank, candidate in
      candidate.probability <= Self.level * Double(rank + 1) / Double(tries.count)
    }
    guard let accepted else { return }
    for candidate in tries[...accepted.offset] { changes[candidate.index].isSignificant = true }
  }

  func counts(of change: Change) -> BinomialCounts {
    let before = Side(time: change.before, squares: change.beforeSquares)
    let after = Side(time: change.after, squares: change.afterSquares)
    let weight = (
      before: before.weight ?? (after.weight ?? 1) / weightRatio,
      after: after.weight ?? (before.weight ?? 1) * weightRatio
    )
    return BinomialCounts(
      successes: after.count, trials: before.count + after.count,
      chance: weight.before / (weight.before + weight.after))
  }

  /// Samples of different weights count as so many equal ones as vary as much.
  private struct Side {
    let count: Int
    /// Nil without samples.
    let weight: Double?

    init(time: Double, squares: Double) {
      guard time > 0, squares > 0 else {
        (count, weight) = (0, nil)
        return
      }
      count = max(Int(min(time / squares * time, 1e12).rounded()), 1)
      weight = squares / time
    }
  }
}
