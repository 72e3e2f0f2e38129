import ProfileModel
import Support
import Testing

struct PauseHistogramTests {
  @Test func quantilesAreRightToASixteenth() {
    var numbers = SeededNumbers(seed: 3)
    for _ in 0..<40 {
      let scale = Int64(1) << Int64.random(in: 1...50, using: &numbers)
      let values = (0..<500).map { _ in Int64.random(in: 0...scale, using: &numbers) }
      var histogram = PauseHistogram()
      for value in values { histogram.add(nanoseconds: value) }
      let sorted = values.sorted()
      for quantile in [0.0, 0.01, 0.5, 0.9, 0.99, 1.0] {
        let rank = max(1, Int((500 * quantile).rounded(.up)))
        let exact = sorted[rank - 1]
        let told = histogram.quantile(quantile)
        #expect(told >= exact && told <= exact + exact / 16 + 1)
      }
      #expect(histogram.quantile(1) == sorted.last && histogram.longest == sorted.last)
      #expect(histogram.total == values.reduce(0, +) && histogram.count == 500)
    }
  }

  @Test func emptyAndOddValues() {
    var histogram = PauseHistogram()
    #expect(histogram.quantile(0.5) == 0)
    histogram.add(nanoseconds: -5)
    #expect(histogram.count == 1 && histogram.longest == 0)
    histogram.add(nanoseconds: Int64.max)
    #expect(histogram.quantile(1) == Int64.max)
  }

  @Test func rebuiltFromItsCountsItIsTheSame() {
    var histogram = PauseHistogram()
    for value in [3, 15, 16, 17, 900, 12_345] as [Int64] { histogram.add(nanoseconds: value) }
    let copy = PauseHistogram(
      counts: histogram.counts, total: histogram.total, longest: histogram.longest)
    #expect(copy == histogram)
  }

  @Test(arguments: [("/usr/lib/libz.so.1", "libz.so.1"), ("[kernel]", "[kernel]"), ("", "")])
  func modulesAreNamedByTheirLastComponent(path: String, name: String) {
    #expect(Module(path: path).name == name)
  }
}
