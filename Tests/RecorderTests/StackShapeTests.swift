import Foundation
import ProfileModel
import Support
import Testing

/// Stacks whose every frame the program knows: each must come out whole, and as it was.
extension RealProcessTests {
  @Suite(.serialized) struct StackShapeTests {
    /// Python → C → Python by more than forty mechanisms, alone and all in one stack.
    @Test(arguments: TestedPython.all)
    func nesting(_ python: TestedPython) throws {
      let recorded = try Recorded(python.interpreter(), "nesting.py", ["--seconds", "0.06"])
      let profile = recorded.profile
      let chains = try Self.chains(recorded.truth)
      #expect(chains.count > 40)
      var samples: [Sample] = []
      var seen: [[PythonFrame]: Int] = [:]
      for (stack, found) in profile.samplesByPythonStack(profile.running) {
        guard let burn = stack.lastIndex(where: { $0.name == "burn" }) else { continue }
        samples += found
        let exact = profile.count(.exact, found)
        guard exact > 0 else { continue }
        // `burn` itself moves on, and may be calling.
        let chain = stack[...burn].dropLast() + [Self.withoutLine(stack[burn])]
        seen[Array(chain), default: 0] += exact
        #expect(
          chains.contains(Array(chain)),
          "\(exact) exact samples of a chain that never was: \(chain)")
      }
      for chain in chains {
        // 60 ticks each, in the mean; the kernel may drop some.
        let count = seen[chain] ?? 0
        #expect(count >= 30, "\(count) samples of \(chain.map(\.name).suffix(4))")
      }
      let exact = profile.share(exact: samples)
      print(
        "nesting, \(python.name): \(samples.count) samples, \(chains.count) chains,"
          + " \(exact * 100) % exact; \(profile.reasons(samples))")
      #expect(exact > 0.98, "\(profile.reasons(samples))")
    }

    /// 5,000 Python levels, and 400 levels each of which goes through C.
    @Test(arguments: TestedPython.all)
    func deepRecursion(_ python: TestedPython) throws {
      // Reading 5,000 frames takes a while: at a higher rate ticks would be lost.
      let recorded = try Recorded(python.interpreter(), "deep_recursion.py", rate: 200)
      let profile = recorded.profile
      let bursts = try #require(recorded.truth["stacks"] as? [[String: Any]])
      #expect(bursts.count == 2)
      for burst in bursts {
        try Self.check(burst, profile, python.name)
      }
    }

    private static func check(
      _ burst: [String: Any], _ profile: Profile, _ name: String
    ) throws {
      let functions = try #require(burst["functions"] as? [String])
      let activations = try #require(burst["activations"] as? Int)
      let seconds = try #require(burst["cpu_s"] as? Double)
      let expected = (0..<activations).map { functions[$0 % functions.count] }
      var samples: [Sample] = []
      var whole: [Sample] = []
      for (stack, found) in profile.samplesByPythonStack(profile.running) {
        let names = stack.map(\.name)
        guard names.contains("burn"), names.contains(functions[0]) else { continue }
        samples += found
        let start = names.firstIndex(of: functions[0])!
        let end = names.lastIndex(of: "burn")!
        let isWhole =
          Array(names[start..<end]) == expected
          && names[..<start] == [
            "Thread._bootstrap", "Thread._bootstrap_inner", "Thread.run", "run",
          ]
        if isWhole { whole += found }
        let exact = profile.count(.exact, found)
        #expect(isWhole || exact == 0, "\(exact) exact samples of \(end - start) activations")
      }
      // The kernel keeps 64 KiB of a thread's stack at most: not to its end, here.
      let stopped = samples.filter { $0.source == .userTick }
      let share = profile.share(exact: stopped)
      print(
        "recursion, \(name): \(activations) activations, \(samples.count) samples,"
          + " \(whole.count) whole, \(share * 100) % of \(stopped.count) stops exact;"
          + " \(profile.reasons(samples))")
      #expect(share > 0.98, "\(profile.reasons(stopped))")
      #expect(Double(whole.count) > 0.98 * Double(samples.count))
      #expect(abs(profile.seconds(whole) / seconds - 1) < 0.1, "\(profile.seconds(whole)) s")
    }

    private static func chains(_ truth: [String: Any]) throws -> Set<[PythonFrame]> {
      let chains = try #require(truth["chains"] as? [[String: Any]])
      return try Set(
        chains.map { chain in
          let frames = try #require(chain["frames"] as? [[String: Any]])
          return try frames.map { frame in
            PythonFrame(
              name: try #require((frame["qualname"] ?? frame["name"]) as? String),
              file: try #require(frame["file"] as? String), line: frame["line"] as? Int ?? 0)
          }
        })
    }

    private static func withoutLine(_ frame: PythonFrame) -> PythonFrame {
      PythonFrame(name: frame.name, file: frame.file, line: 0)
    }
  }
}
