import Foundation
import ProfileModel
import Support
import Testing

/// As many samples as were asked for.
extension RealProcessTests {
  @Suite(.serialized) struct RateTests {
    /// Two busy threads on two CPUs beside 200 that sleep, at 1 kHz: a sample for each millisecond of
    /// CPU time that the busy ones say they had.
    @Test(arguments: [Recorded.Way.kernel, .stop])
    func noSampleIsMissing(way: Recorded.Way) throws {
      let rate = 1000
      let recorded = try Recorded(
        TestedPython.any(), "many_threads.py",
        ["--threads", "200", "--seconds", "0.1", "--pair", "4"], rate: rate, way: way)
      let pair = try #require(recorded.truth["pair"] as? [String: Double])
      try #require(pair.count == 2)
      let profile = recorded.profile
      let ticks = profile.samples.filter { $0.cpu == .running && $0.source != .contextSwitch }
      var shares: [Double] = []
      // A part of the kernel's own work for a stop is on the thread's clock, and counted as its time.
      let excess = way == .stop ? 0.06 : 0.02
      // What hyflame does where the sleepers' wake-ups take the CPU from them is on their clocks, too, and told.
      let left = profile.ledger.notes.first { $0.contains("hyflame's own work") }
        .flatMap { Double($0.prefix { $0.isNumber }) }
      let lack = 0.01 + (left ?? 0) / Double(profile.ledger.expectedSamples)
      for (tid, seconds) in pair {
        let own = ticks.filter { profile.threads[Int($0.thread)].tid == Int32(tid) }
        let expected = seconds * Double(rate)
        let share = Double(own.count) / expected
        shares.append(share)
        #expect(share >= 1 - lack && share < 1 + excess, "\(own.count) samples of \(expected)")
        #expect(abs(profile.seconds(own) / seconds - 1) < max(excess, lack))
      }
      print("rate, \(way): \(shares.map { $0 * 100 }) % of the expected samples")
    }
  }
}
