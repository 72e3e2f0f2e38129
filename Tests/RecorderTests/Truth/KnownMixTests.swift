import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

/// A program that burns known CPU time, on known paths, with and without the GIL: shares and GIL
/// states of the recording against what the program measured itself.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct KnownMixTests {
    private struct Path {
      var leaf: String
      var gil: String
      var seconds: Double
    }

    @Test(arguments: TestedPython.all, [1, 4])
    func sharesAndGilStates(_ python: TestedPython, _ threads: Int) throws {
      let recorded = try Recorded(
        python.interpreter(), "known_mix/known_mix.py",
        ["--threads", "\(threads)", "--python", "1.2", "--held", "1.2", "--released", "1.5"],
        way: threads == 1 ? .stop : .auto)
      let profile = recorded.profile
      let paths = try Self.paths(recorded.truth)
      let total = paths.reduce(0) { $0 + $1.seconds }
      let attributed = profile.running.compactMap { sample in
        Self.leaf(profile.names(of: sample), paths).map { (sample, $0) }
      }
      let attributedSeconds = profile.seconds(attributed.map(\.0))

      for leaf in Set(paths.map(\.leaf)) {
        let truth = paths.filter { $0.leaf == leaf }.reduce(0) { $0 + $1.seconds } / total
        let found = profile.seconds(attributed.filter { $0.1 == leaf }.map(\.0)) / attributedSeconds
        #expect(abs(found - truth) < 0.02, "\(leaf): \(found) recorded, \(truth) true")
      }
      let wrong = attributed.filter { sample, _ in
        Self.contradicts(profile.names(of: sample), sample.gil)
      }
      print(
        "mix, \(python.name), \(threads) threads: \(attributed.count) samples,"
          + " \(profile.share(exact: profile.running) * 100) % exact, \(wrong.count) in a wrong GIL"
          + " state: \(Self.summary(wrong.map(\.0), profile)); \(profile.reasons(profile.running))")
      #expect(Double(wrong.count) <= 0.01 * Double(attributed.count))
      #expect(profile.share(exact: profile.running, threads == 1 ? .stop : .auto) > 0.98)
      #expect(attributedSeconds > 0.9 * total && attributedSeconds < 1.1 * total)
    }

    /// The instruction that perf sampled is the one at which ptrace stopped the thread, in every stop:
    /// a sample for which it is not carries this reason.
    @Test func stopsAtTheSampledInstruction() throws {
      let recorded = try Recorded(
        TestedPython.any(), "known_mix/known_mix.py", ["--threads", "1"], way: .stop)
      let profile = recorded.profile
      #expect(profile.samples.filter { $0.source == .userTick }.count > 3000)
      #expect(Self.displaced(profile).isEmpty)
    }

    /// A thread that is just being made blocks its signals for some microseconds: a tick then is
    /// delivered late, at most one a thread, and such a sample is never called exact.
    @Test func lateStopsAreMarked() throws {
      let recorded = try Recorded(
        TestedPython.any(), "known_mix/known_mix.py", ["--threads", "4"], way: .stop)
      let displaced = Self.displaced(recorded.profile)
      #expect(displaced.count <= 4)
      #expect(displaced.allSatisfy { $0.merge == .partial })
    }

    private static func displaced(_ profile: Profile) -> [Sample] {
      profile.samples.filter {
        profile.ledger.reasons[Int($0.reason)].contains("after the sampled instruction")
      }
    }

    /// By GIL state and innermost frames, most frequent first.
    private static func summary(_ samples: [Sample], _ profile: Profile) -> String {
      let kinds = Dictionary(grouping: samples) { sample in
        let leaf = profile.names(of: sample).suffix(5).joined(separator: ";")
        return "\(sample.source) \(sample.gil) in \(leaf)"
      }
      return kinds.sorted { $0.value.count > $1.value.count }.prefix(6)
        .map { "\($0.value.count) × \($0.key)" }.joined(separator: ", ")
    }

    private static func paths(_ truth: [String: Any]) throws -> [Path] {
      let paths = try #require(truth["paths"] as? [[String: Any]])
      return try paths.map { path in
        let python = try #require(path["python"] as? [String])
        let native = try #require(path["native"] as? [String])
        return Path(
          leaf: (python + native).joined(separator: ";"),
          gil: try #require(path["gil"] as? String),
          seconds: try #require(path["cpu_s"] as? Double))
      }
    }

    /// The path whose frames the stack has: the longest one, in order.
    private static func leaf(_ names: [String], _ paths: [Path]) -> String? {
      let candidates = Set(paths.map(\.leaf)).filter { leaf in
        var wanted = leaf.split(separator: ";").map(String.init)[...]
        for name in names where name == wanted.first { wanted = wanted.dropFirst() }
        return wanted.isEmpty
      }
      return candidates.max { $0.count < $1.count }
    }

    /// The Python function that calls into the library is named for the GIL state. Where the
    /// interpreter makes a thread give the GIL up, it waits in futex(2) to get it back: nothing else in
    /// the program does.
    private static func contradicts(_ names: [String], _ gil: GilState) -> Bool {
      if gil == .waiting {
        return !names.contains { ["do_syscall_64", "pthread_cond_timedwait"].contains($0) }
      }
      if names.contains(where: { $0.hasPrefix("released_") })
        && names.contains(where: { $0.hasPrefix("burn_") })
      {
        return gil != .released
      }
      return gil != .held
    }
  }
}
