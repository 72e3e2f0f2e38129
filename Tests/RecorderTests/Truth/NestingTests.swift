import Foundation
import ProfileModel
import Testing

/// Stacks whose every frame the program knows, by name, file and line.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct NestingTests {
    /// Python → C → Python by more than ninety mechanisms, alone and nested in one stack.
    @Test(arguments: TestedPython.all)
    func everyFrameIsRight(_ python: TestedPython) throws {
      let recorded = try Recorded(python.interpreter(), "nesting.py", ["--seconds", "0.035"])
      let truth = try ChainTruth(recorded)
      #expect(truth.chains.count > 90)
      let deepest = truth.chains.map(\.count).max() ?? 0
      #expect(deepest > 300)
      for chain in truth.chains {
        // 35 ticks each, in the mean; the kernel may drop some.
        let count = truth.count(chain)
        #expect(count >= 15, "\(count) samples of \(chain.map(\.name).suffix(4))")
      }
      let profile = recorded.profile
      let exact = profile.share(exact: truth.samples)
      print(
        "nesting, \(python.name): \(truth.samples.count) samples, \(truth.chains.count) chains,"
          + " up to \(deepest) frames, \(exact * 100) % exact; \(profile.reasons(truth.samples))")
      #expect(exact > 0.98, "\(profile.reasons(truth.samples))")
      #expect(profile.target.pythonVersion == recorded.truth["python"] as? String)
    }

    /// Names of one, two and four bytes a character, lines that are far apart; threads as `threading`
    /// names them.
    @Test(arguments: TestedPython.all)
    func namesAndLines(_ python: TestedPython) throws {
      let recorded = try Recorded(
        python.interpreter(), "names.py", ["--seconds", "0.12"], way: .stop)
      let truth = try ChainTruth(recorded)
      #expect(truth.chains.count == 12)
      for chain in truth.chains {
        let count = truth.count(chain)
        #expect(count >= 30, "\(count) samples of \(chain.map(\.name).suffix(4))")
      }
      let known = try #require(recorded.truth["threads"] as? [[String: Any]])
      #expect(known.count == 8)
      for thread in known {
        let tid = try #require(thread["tid"] as? Int)
        let found = recorded.profile.threads.first { $0.tid == Int32(tid) }
        #expect(found?.name == thread["name"] as? String)
      }
      #expect(recorded.profile.threads.first?.name == "MainThread")
    }
  }
}
