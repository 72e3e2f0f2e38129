import Foundation
import ProfileModel
import Support
import Testing

/// `record --tasks`: the asyncio task is a frame under the thread's root. The same program shows what
/// becomes of coroutines, generators and async generators.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct TaskTests {
    @Test(arguments: TestedPython.all)
    func theRunningTaskIsAFrame(_ python: TestedPython) throws {
      try check(python, [])
    }

    /// Tasks of asyncio's own Python code, as a program may use or derive from.
    @Test(arguments: [8, 11, 13].map(TestedPython.version))
    func tasksWrittenInPython(_ python: TestedPython) throws {
      try check(python, ["--python"])
    }

    @Test func theyAreNotAskedForByDefault() throws {
      let recorded = try Recorded(TestedPython.any(), "tasks.py", ["--rounds", "5"])
      #expect(!recorded.profile.functions.contains { $0.name.hasPrefix("<task") })
    }

    private func check(_ python: TestedPython, _ arguments: [String]) throws {
      let recorded = try Recorded(
        python.interpreter(), "tasks.py", ["--rounds", "40"] + arguments, options: ["--tasks"])
      let profile = recorded.profile
      var seconds: [[String]: Double] = [:]
      var burning: [Sample] = []
      for (stack, samples) in profile.samplesByPythonStack(profile.running) {
        guard stack.last?.name == "burn" else { continue }
        burning += samples
        // Between the task and its coroutine lies what runs the event loop.
        let names = stack.map(\.name)
        let coroutine = names.firstIndex { $0 == "coroutine" || $0 == "consumer" } ?? 0
        seconds[[names[0]] + names[coroutine...], default: 0] += profile.seconds(samples)
      }
      for path in try #require(recorded.truth["paths"] as? [[String: Any]]) {
        let task = try #require(path["task"] as? String)
        let names = ["<task \(task)>"] + (try #require(path["python"] as? [String]))
        let burned = try #require(path["cpu_s"] as? Double)
        let found = seconds.removeValue(forKey: names) ?? 0
        // Stops weigh on functions this small, and the thread's own clock counts them.
        #expect(abs(found - burned) < 0.15 * burned + 0.04, "\(names): \(found) of \(burned) s")
      }
      let others = seconds.values.reduce(0, +)
      // Between two tasks the event loop itself runs for a moment.
      #expect(others < 0.03 * profile.seconds(burning), "\(seconds)")
      #expect(profile.share(exact: burning, .stop) > 0.97, "\(profile.reasons(burning))")
    }
  }
}
