import Foundation
import ProfileModel
import Support
import Testing

/// Code objects that are freed, and others that take their place: a name is that of the one that ran, or
/// none.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct ReplacedCodeTests {
    @Test(arguments: TestedPython.all, [Recorded.Way.stop, .kernel])
    func aNameIsOfTheCodeThatRan(_ python: TestedPython, _ way: Recorded.Way) throws {
      let recorded = try Recorded(python.interpreter(), "replaced.py", way: way)
      let profile = recorded.profile
      #expect(!profile.functions.contains { $0.name.contains("secret") })
      var (right, unnamed, wrong, wrongExact) = (0, 0, 0, 0)
      for (stack, samples) in profile.samplesByPythonStack(profile.running) {
        guard let run = stack.firstIndex(where: { $0.name == "run" }) else { continue }
        let made = stack[(run + 1)...]
        // With stops, ticks in the kernel (the program asks for the time) are read when the code may be gone.
        let atTick = samples.filter { way == .kernel || $0.source == .userTick }
        if made.contains(where: { $0.name == "<unreadable>" }) { unnamed += atTick.count }
        let numbers = Set(
          made.filter { $0.file.hasPrefix("<made ") }.map { $0.file.filter(\.isNumber) }
            + made.filter { $0.name.hasPrefix("made_") }.map { $0.name.filter(\.isNumber) })
        if numbers.count > 1 {
          wrong += samples.count
          wrongExact += profile.count(.exact, samples)
        } else if numbers.count == 1 {
          right += samples.count
        }
      }
      print(
        "replaced, \(python.name), \(way): \(right) right, \(unnamed) unnamed,"
          + " \(wrong) impossible, \(wrongExact) of them exact")
      #expect(right > 700)
      // Ticks in the kernel that are read later may meet two of them, and are marked.
      #expect(wrongExact * 1000 <= right && wrong * 200 <= right)
      #expect(unnamed * 50 < right)
    }

    /// Half a millisecond each: the next one has the same addresses for all that it points to.
    @Test(arguments: TestedPython.all, [Recorded.Way.stop, .kernel, .read])
    func textTellsThemApart(_ python: TestedPython, _ way: Recorded.Way) throws {
      let recorded = try Recorded(python.interpreter(), "generated.py", way: way)
      let profile = recorded.profile
      var (right, wrong, wrongWhole) = (0, 0, 0)
      for (stack, samples) in profile.samplesByPythonStack(profile.samples) {
        let made = stack.filter { $0.file.hasPrefix("/made/") }
        guard !made.isEmpty else { continue }
        let numbers = Set(
          made.map { $0.file.filter(\.isNumber) }
            + made.filter { $0.name.lowercased().hasPrefix("made_") }.map {
              $0.name.filter(\.isNumber)
            })
        let hasModule =
          made.first?.name == "<module>" || made.first?.name.hasPrefix("made_") == true
        if numbers.count == 1, hasModule {
          right += samples.count
        } else {
          wrong += samples.count
          wrongWhole += samples.count { $0.merge == .exact || $0.merge == .pythonOnly }
        }
      }
      print(
        "generated, \(python.name), \(way): \(right) right, \(wrong) impossible, "
          + "\(wrongWhole) of them called whole")
      // Without a stop hardly one stands still for long enough to be named.
      #expect(right > (way == .read ? 5 : 700))
      #expect(wrongWhole == 0)
    }

    @Test(arguments: TestedPython.all, [Recorded.Way.stop, .kernel])
    func whatRunsBelowAThrownExceptionIsInItsPlace(
      _ python: TestedPython, _ way: Recorded.Way
    ) throws {
      let recorded = try Recorded(python.interpreter(), "throwing.py", way: way)
      let profile = recorded.profile
      var seconds: [[String]: Double] = [:]
      var burning: [Sample] = []
      for (stack, samples) in profile.samplesByPythonStack(profile.running) {
        guard stack.last?.name == "burn" else { continue }
        burning += samples
        seconds[stack.dropFirst().map(\.name), default: 0] += profile.seconds(samples)
      }
      let minor = (recorded.truth["python"] as? String)?.split(separator: ".")[1]
      for path in try #require(recorded.truth["paths"] as? [[String: Any]]) {
        var names = try #require(path["python"] as? [String])
        let handsOn = names.contains { $0.hasSuffix("_outer") }
        // The interpreter's own chain ends at a generator that hands an exception on.
        if minor == "9", handsOn { continue }
        // It does not have them in its chain at all.
        if minor == "8" { names.removeAll { $0.hasSuffix("_outer") || $0.hasSuffix("_middle") } }
        let burned = try #require(path["cpu_s"] as? Double)
        let found = seconds[names] ?? 0
        #expect(abs(found - burned) < 0.15 * burned + 0.04, "\(names): \(found) of \(burned) s")
      }
      guard minor != "9" else { return }
      #expect(profile.share(exact: burning, way) > 0.97, "\(profile.reasons(burning))")
    }

    /// Without native stacks nothing shows what called a generator that hands an exception on, in 3.9; the others link
    /// it, or leave it out.
    @Test(arguments: [8, 9, 10])
    func aChainThatEndsAtAGeneratorIsNotWhole(_ minor: Int) throws {
      let recorded = try Recorded(
        TestedPython.version(minor).interpreter(), "throwing.py", rate: 500, way: .read)
      let burning = recorded.profile.samplesByPythonStack(recorded.profile.running)
        .filter { $0.key.last?.name == "burn" }
      let rootless = burning.filter { $0.key.first?.name != "<module>" }.flatMap(\.value)
      let rooted = burning.filter { $0.key.first?.name == "<module>" }.flatMap(\.value)
      #expect(rooted.count > 100 && (rootless.count > 50) == (minor == 9))
      #expect(rootless.allSatisfy { $0.merge == .partial })
      #expect(rooted.count { $0.merge == .pythonOnly } > rooted.count * 9 / 10)
    }
  }
}
