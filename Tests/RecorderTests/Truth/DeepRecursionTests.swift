import Foundation
import ProfileModel
import Support
import Testing

/// Very deep stacks must come out whole.
extension RealProcessTests {
  @Suite(.serialized) struct DeepRecursionTests {
    /// 5,000 Python levels, and 400 levels each of which goes through C.
    @Test(arguments: TestedPython.few)
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

    /// Beyond the limit the innermost frames are kept, and the reason says so.
    @Test(arguments: (8...13).map(TestedPython.version))
    func beyondTheLimit(_ python: TestedPython) throws {
      let recorded = try Recorded(
        python.interpreter(), "deep_recursion.py",
        ["--depth", "9000", "--native-depth", "2"], rate: 100, way: .stop)
      let profile = recorded.profile
      var cut: [Sample] = []
      for (stack, samples) in profile.samplesByPythonStack(profile.running) {
        guard stack.last?.name == "burn", stack.count > 1000 else { continue }
        let stopped = samples.filter { $0.source == .userTick }
        cut += stopped
        // Of those that were read while the thread moved on, what the stack confirms is kept.
        #expect(stack.count <= 8192 && (stack.count > 8000 || stopped.isEmpty))
        #expect(!stack.contains { $0.name == "<module>" || $0.name == "run" })
      }
      #expect(cut.count > 4)
      let named = cut.filter {
        profile.ledger.reasons[Int($0.reason)] == "the Python stack is longer than the limit"
      }
      #expect(named.count * 100 >= cut.count * 98, "\(profile.reasons(cut))")
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
  }
}
