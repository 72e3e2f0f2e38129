import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

/// Free-threaded builds, without and with a GIL.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct FreeThreadingTests {
    /// What is there of `HYFLAME_TEST_PYTHONS`, and what pyenv has.
    static let all =
      TestedPython.freeThreaded + TestedPython.extra.filter { $0.name.hasSuffix("t") }

    @Test(arguments: all, [Recorded.Way.stop, .kernel])
    func withoutAGilThreadsAreAttached(_ python: TestedPython, _ way: Recorded.Way) throws {
      let profile = try mix(python, gil: "0", way)
      #expect(profile.target.isFreeThreaded)
      // Nobody waits for anybody.
      #expect(profile.samples.allSatisfy { $0.gil != .waiting })
    }

    @Test(arguments: all, [Recorded.Way.stop, .kernel])
    func withAGilThreadsWait(_ python: TestedPython, _ way: Recorded.Way) throws {
      let profile = try mix(python, gil: "1", way)
      #expect(!profile.target.isFreeThreaded)
      #expect(profile.seconds(profile.samples.filter { $0.gil == .waiting }) > 0.5)
    }

    /// Four threads that compute, in Python and outside of it.
    private func mix(
      _ python: TestedPython, gil: String, _ way: Recorded.Way
    ) throws -> Profile {
      let target = try TestProgram(
        python.interpreter(), "known_mix/known_mix.py",
        ["--threads", "4", "--python", "1.2", "--held", "0.6", "--released", "0.6"],
        launcher: ["/usr/bin/env", "PYTHON_GIL=\(gil)"])
      let profile = try Recorded(
        target, ["-r", "1000", "--capture", way.rawValue], isOptional: way == .kernel
      ).profile
      for (prefix, state) in [("held_", GilState.held), ("released_", .released)] {
        let samples = profile.running.filter { sample in
          let names = profile.names(of: sample)
          return names.contains { $0.hasPrefix(prefix) } && names.contains { $0.hasPrefix("burn_") }
        }
        #expect(samples.count > 300)
        #expect(samples.count { $0.gil != state } * 100 <= samples.count)
      }
      return profile
    }
  }
}
