import Support
import Testing

@testable import Exporters

struct ChanceTestTests {
  /// Computed with exact fractions.
  @Test(arguments: [
    (0, 4, 0.5, 0.125), (0, 6, 0.5, 0.03125), (2, 10, 0.5, 0.109375), (5, 10, 0.5, 1),
    (12, 20, 0.3, 0.010276323070242815), (260, 460, 0.5, 0.005883922473103979),
    (990, 2000, 0.5, 0.6709544855556545), (0, 2000, 0.5, 0), (0, 0, 0.5, 1),
  ])
  func binomialProbabilities(successes: Int, trials: Int, chance: Double, expected: Double) {
    let counts = BinomialCounts(successes: successes, trials: trials, chance: chance)
    #expect(abs(counts.probability - expected) < 1e-12)
  }

  /// `before` and `after` samples of a period of 10 ms.
  private func change(_ before: Int, _ after: Int, weight: Double = 10e6) -> Change {
    Change(
      before: Double(before) * weight, after: Double(after) * weight,
      beforeSquares: Double(before) * weight * weight,
      afterSquares: Double(after) * weight * weight)
  }

  private func marked(_ changes: [Change], ratio: Double = 1) -> [Bool] {
    var changes = changes
    ChanceTest(weightRatio: ratio).mark(&changes)
    return changes.map(\.isSignificant)
  }

  @Test func fewSamplesProveNothing() {
    #expect(marked([change(4, 0)]) == [false])
    #expect(marked([change(5, 0)]) == [false])
    #expect(marked([change(6, 0)]) == [true])
    #expect(marked([change(0, 6)]) == [true])
    // One long sleep is one sample, however long.
    #expect(marked([change(1, 0, weight: 5e9)]) == [false])
  }

  /// Six samples that are gone are no news where twenty functions could have shown the like, and
  /// what could never be news does not make it harder.
  @Test func manyTriesNeedMore() {
    #expect(marked([change(6, 0)] + Array(repeating: change(20, 20), count: 20))[0] == false)
    #expect(marked([change(16, 0)] + Array(repeating: change(20, 20), count: 20))[0] == true)
    #expect(marked([change(6, 0)] + Array(repeating: change(2, 3), count: 1000))[0] == true)
  }

  /// A second recording half as long, scaled by two: 6 samples to none is what chance does once in
  /// eleven times, none to 6 (of weight 2) almost never.
  @Test func lengthsAreAllowedFor() {
    let counts = ChanceTest(weightRatio: 2).counts(of: change(6, 0))
    #expect(counts == BinomialCounts(successes: 0, trials: 6, chance: 1.0 / 3))
    #expect(abs(counts.probability - 2 * 64.0 / 729) < 1e-12)
    #expect(marked([change(6, 0)], ratio: 2) == [false])
    #expect(marked([change(10, 0)], ratio: 2) == [true])
  }

  /// Two recordings of the same thing: of those that call anything more than noise there are at most
  /// 5 in 100, and with the test of each function by itself most did.
  @Test func nothingIsFoundWhereNothingChanged() {
    var numbers = SeededNumbers(seed: 7)
    var alarms = 0
    for _ in 0..<200 {
      let changes = (0..<100).map { function in
        // Ticks of a clock that come with a chance of 1 in 4.
        let draw = {
          (0..<(function % 20 + 1) * 4).count { _ in Int.random(in: 0..<4, using: &numbers) == 0 }
        }
        return change(draw(), draw())
      }
      if marked(changes).contains(true) { alarms += 1 }
    }
    #expect(alarms <= 10)
  }
}
