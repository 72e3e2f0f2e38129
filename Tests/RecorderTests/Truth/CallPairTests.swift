import Foundation
import ProfileModel
import Support
import Testing

/// A program that does nothing but call and return: stacks that never existed would show here.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct CallPairTests {
    private struct Pair: Hashable {
      var caller: String
      var callee: String
    }

    @Test(arguments: TestedPython.all, [Recorded.Way.stop, .kernel])
    func everyPairIsPossible(_ python: TestedPython, _ way: Recorded.Way) throws {
      let recorded = try Recorded(
        python.interpreter(), "callheavy.py", ["--seconds", "2.4"], rate: 1500, way: way)
      let profile = recorded.profile
      let pairs = try Self.pairs(recorded.ready)
      let source = try Self.source()
      var samples: [Sample] = []
      var impossible = 0
      var impossibleInexact = 0
      for (stack, found) in profile.samplesByPythonStack(Self.working(profile)) {
        samples += found
        let exact = profile.count(.exact, found)
        guard let fault = Self.fault(stack, pairs, source) else { continue }
        impossible += exact
        impossibleInexact += found.count - exact
        #expect(
          exact == 0, "\(Comment.never)\(exact) exact samples: \(fault) in \(stack.map(\.name))")
      }
      let stops = samples.filter { $0.source == .userTick }
      let share = profile.share(exact: samples)
      print(
        "pairs, \(python.name), \(way): \(samples.count) samples, \(share * 100) % exact, impossible:"
          + " \(impossible) exact, \(impossibleInexact) others; \(stops.count) outside of the kernel:"
          + " \(profile.reasons(stops))")
      #expect(stops.count > 3000)
      // Those marked as partial have gaps, which native frames of the eval loop show, or lines that are
      // not known: ticks in the kernel that are read after it.
      #expect(Double(impossibleInexact) <= Double(samples.count) * (way == .stop ? 0.015 : 0.005))
      try expectExact(stops, profile, version: recorded.truth["python"] as! String)
      #expect(share >= 0.92, "\(profile.reasons(samples))")
      #expect(abs(profile.seconds(samples) / (recorded.truth["cpu_s"] as! Double) - 1) < 0.1)
    }

    /// Outside of the kernel, all is read at the instant itself: every frame is right, but that the
    /// innermost activation may be entering or leaving the eval loop. Up to 3.10 every call is such an activation, and leaving one takes some
    /// calls.
    private func expectExact(_ stops: [Sample], _ profile: Profile, version: String) throws {
      let minor = try #require(Int(version.split(separator: ".")[1]))
      let entering = stops.filter {
        profile.ledger.reasons[Int($0.reason)] == "the eval loop was being entered or left"
      }
      let others = stops.count - entering.count - profile.count(.exact, stops)
      // 3.11 and 3.12 link an activation before its fields are set.
      let allowed = minor == 11 || minor == 12 ? stops.count / 1000 : 0
      #expect(others <= allowed, "\(profile.reasons(stops))")
      let share = Double(entering.count) / Double(stops.count)
      #expect(share < (minor <= 10 ? 0.06 : 0.025), "\(entering.count) of \(stops.count)")
    }

    /// Everything from the first sample of the work to the last, whatever its stack.
    private static func working(_ profile: Profile) -> [Sample] {
      let times = profile.running.filter { profile.names(of: $0).contains("work") }.map(\.time)
      guard let first = times.min(), let last = times.max() else { return [] }
      return profile.running.filter { first...last ~= $0.time }
    }

    /// What cannot be in this stack; nil if it is possible.
    private static func fault(
      _ stack: [PythonFrame], _ pairs: Set<Pair>, _ source: [Substring]
    ) -> String? {
      guard stack.prefix(3).map(\.name) == ["<module>", "main", "work"] else {
        return "the stack does not begin with the program's own start"
      }
      for (caller, callee) in zip(stack.dropFirst(2), stack.dropFirst(3)) {
        guard pairs.contains(Pair(caller: caller.name, callee: callee.name)) else {
          return "\(caller.name) never calls \(callee.name)"
        }
        // Each call of the program stands on a line of its own, which names who is called.
        guard source.indices ~= caller.line - 1, source[caller.line - 1].contains(callee.name)
        else { return "\(caller.name) does not call \(callee.name) in line \(caller.line)" }
      }
      return nil
    }

    private static func pairs(_ ready: [String: Any]) throws -> Set<Pair> {
      let pairs = try #require(ready["pairs"] as? [[String]])
      return Set(pairs.map { Pair(caller: $0[0], callee: $0[1]) })
    }

    private static func source() throws -> [Substring] {
      try String(contentsOfFile: TestProgram.path("callheavy.py"), encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false)
    }
  }
}
