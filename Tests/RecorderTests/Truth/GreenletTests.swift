import Foundation
import ProfileModel
import Support
import Testing

/// Greenlets: each has a chain of Python frames and a part of the C stack of its own.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct GreenletTests {
    @Test(arguments: TestedPython.all)
    func eachIsAStackOfItsOwn(_ python: TestedPython) throws {
      try check(python, ["--rounds", "40"], ["greenlet"])
    }

    @Test(arguments: TestedPython.all)
    func geventsToo(_ python: TestedPython) throws {
      try check(python, ["--rounds", "40", "--gevent"], ["greenlet", "gevent", "setuptools"])
    }

    private func check(
      _ python: TestedPython, _ arguments: [String], _ packages: [String]
    ) throws {
      let interpreter = try python.interpreter()
      let directory = try Self.install(packages, for: interpreter)
      let recorded = try Recorded(
        interpreter, "greenlets.py", arguments + ["--packages", directory])
      let profile = recorded.profile
      var burning: [Sample] = []
      var seconds: [[String]: Double] = [:]
      for (stack, samples) in profile.samplesByPythonStack(profile.running) {
        let names = stack.map { $0.name.split(separator: ".").last.map(String.init) ?? "" }
        guard names.last == "burn" else { continue }
        burning += samples
        // The main greenlet's own chain begins with the module.
        let own = names.first == "<module>" ? names.suffix(2) : names[...]
        seconds[Array(own), default: 0] += profile.seconds(samples)
      }
      for path in try #require(recorded.truth["paths"] as? [[String: Any]]) {
        let names = try #require(path["python"] as? [String])
        let burned = try #require(path["cpu_s"] as? Double)
        let found = seconds.removeValue(forKey: names) ?? 0
        #expect(abs(found - burned) < 0.06 * burned + 0.02, "\(names): \(found) of \(burned) s")
      }
      // No chain that is longer, or another greenlet's.
      let others = seconds.values.reduce(0, +)
      #expect(others < 0.01 * profile.seconds(burning), "\(seconds)")
      let share = profile.share(exact: burning)
      #expect(share > 0.97, "\(profile.reasons(burning))")
    }

    private static func install(
      _ packages: [String], for interpreter: Interpreter
    ) throws -> String {
      do {
        return try PythonPackages.directory(for: interpreter, packages: packages)
      } catch {
        try Test.cancel("\(packages) for \(interpreter): \(error); not tested with them")
      }
    }
  }
}
