import Foundation
import ProfileModel
import Support
import Testing

/// Samples of garbage collections have a frame for it.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct CollectionTests {
    @Test(arguments: TestedPython.all)
    func aCollectionIsAFrame(_ python: TestedPython) throws {
      let recorded = try Recorded(python.interpreter(), "collecting.py", ["--seconds", "0.5"])
      let profile = recorded.profile
      var seconds: [String: Double] = [:]
      var misplaced = 0
      for (stack, samples) in profile.samplesByPythonStack(profile.running) {
        let names = stack.map { $0.name.split(separator: ".").last.map(String.init) ?? "" }
        let place = Self.place(names)
        seconds[place, default: 0] += profile.seconds(samples)
        if place == "finalizer", names.firstIndex(of: "<gc>")! > names.firstIndex(of: "__del__")! {
          misplaced += samples.count
        }
      }
      func burned(_ key: String) throws -> Double {
        try #require(recorded.truth[key] as? Double)
      }
      let expected = [
        "own": try burned("own_s"), "finalizer": try burned("finalizers_s"),
        "collection": try burned("explicit_s") + burned("finalizing_s") - burned("finalizers_s"),
      ]
      for (place, burned) in expected {
        let found = seconds[place] ?? 0
        #expect(abs(found - burned) < 0.1 * burned + 0.03, "\(place): \(found) of \(burned) s")
      }
      #expect(seconds["wrong"] ?? 0 < 0.01)
      // Up to 3.14 only symbols tell where in a stack the collector is.
      let tells =
        (try python.interpreter().minorVersion()) >= 15
        || profile.functions.contains { $0.kind == .native && $0.name.hasPrefix("gc_collect_main") }
      #expect(misplaced == 0 || !tells)
    }

    private static func place(_ names: [String]) -> String {
      switch (names.contains("<gc>"), names.contains("burn")) {
      case (true, true): names.contains("__del__") ? "finalizer" : "wrong"
      case (true, false): names.contains("collect_explicitly") ? "collection" : "exit"
      case (false, true): names.contains("__del__") ? "wrong" : "own"
      case (false, false): "other"
      }
    }
  }
}
