import Foundation
import ProfileModel
import Support
import Testing

/// Threads and processes that live for less than a sampling period have their share of the samples.
extension RealProcessTests {
  @Suite(.serialized) struct ShortLifeTests {
    struct Case: Sendable, CustomTestStringConvertible {
      var way: Recorded.Way
      var forks: Bool
      var testDescription: String { "\(forks ? "a process" : "a thread") for each job, \(way)" }
    }

    static let cases = [Recorded.Way.kernel, .stop].flatMap { way in
      [false, true].map { Case(way: way, forks: $0) }
    }

    /// Each job takes two fifths of a period: it has a sample with that likelihood, so that the number of all
    /// is known but for chance.
    @Test(arguments: cases)
    func shortJobsHaveTheirShare(_ test: Case) throws {
      let rate = 100
      let recorded = try Recorded(
        TestedPython.any(), "short_lives.py", test.forks ? ["--fork"] : [], rate: rate,
        way: test.way, options: test.forks ? ["-s"] : [])
      let profile = recorded.profile
      let jobs = try #require(recorded.truth["jobs"] as? Int)
      let seconds = try #require(recorded.truth["cpu_s"] as? Double)
      let own = profile.running.filter { profile.names(of: $0).contains("job") }
      let found = profile.seconds(own) * Double(rate)
      let expected = seconds * Double(rate)
      let likelihood = expected / Double(jobs)
      let deviation = (Double(jobs) * likelihood * max(1 - likelihood, 0.1)).squareRoot()
      print(
        "short lives, \(test): \(found) of \(expected) samples, deviation \(deviation);"
          + " \(profile.ledger.expectedSamples) expected in all, \(profile.running.count) taken")
      // Names of children's code may be missing where the child was gone.
      #expect(abs(found - expected) < 5 * deviation + 0.04 * expected)
      let all = Double(profile.ledger.expectedSamples)
      #expect(abs(Double(profile.running.count) - all) < 5 * all.squareRoot() + 0.05 * all)
    }
  }
}
