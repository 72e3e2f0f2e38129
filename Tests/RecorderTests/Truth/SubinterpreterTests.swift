import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

/// Threads that run code of several interpreters, one inside the other.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct SubinterpreterTests {
    @Test(arguments: TestedPython.all)
    func theirFramesAreOneStack(_ python: TestedPython) throws {
      try check(python, ["--seconds", "0.8"], .auto)
    }

    /// Made by one thread and run by another, while the first one works for itself.
    @Test(arguments: TestedPython.all, [Recorded.Way.stop, .kernel])
    func anInterpreterMadeByAnotherThread(_ python: TestedPython, _ way: Recorded.Way) throws {
      try check(python, ["--elsewhere", "--turns", "2", "--seconds", "0.4"], way)
    }

    private func check(
      _ python: TestedPython, _ arguments: [String], _ way: Recorded.Way
    ) throws {
      let recorded = try Recorded(
        python.interpreter(), "subinterpreters.py", arguments, way: way)
      guard recorded.ready["available"] as? Bool == true else {
        try Test.cancel("\(python.name) has no module for sub-interpreters: not tested with it")
      }
      let profile = recorded.profile
      for thread in try #require(recorded.truth["threads"] as? [[String: Any]]) {
        let tid = try #require(thread["tid"] as? Int)
        let index = try #require(profile.threads.firstIndex { Int($0.tid) == tid })
        let running = profile.running.filter { Int($0.thread) == index }
        let stacks = profile.samplesByPythonStack(running)
        for (place, path) in [("own", Self.own), ("inside", Self.inside)] {
          let samples = stacks.filter { Self.ends($0.key.map(\.name), with: path) }.flatMap(\.value)
          let seconds = profile.seconds(samples)
          let burned = try #require(thread[place] as? Double)
          let bar = max(0.06 * burned, 0.015)
          let told = "\(place): \(seconds) s of \(burned) s; \(recorded.stolen) s were stolen"
          #expect(seconds >= burned - bar && seconds <= burned + bar + recorded.stolen, "\(told)")
          guard burned > 0 else { continue }
          let share = profile.share(exact: samples, way)
          #expect(share > 0.97, "\(place): \(profile.reasons(samples))")
          // A moment after another thread has asked for it, the GIL may be gone; 3.15 has 2–4 % of that.
          let held = samples.filter { $0.gil == .held }
          #expect(Double(held.count) > 0.94 * Double(samples.count))
        }
      }
    }

    private static let own = ["outer", "burn"]
    /// Of both interpreters: the call into the second, and what is called there by way of C.
    private static let inside = ["outer", "run_inside", "<module>", "inside", "deeper", "burn"]

    private static func ends(_ names: [String], with path: [String]) -> Bool {
      names.suffix(path.count).elementsEqual(path)
    }
  }
}
