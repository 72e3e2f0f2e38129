import Foundation
import ProfileModel
import Support
import Testing

/// Code that the interpreter makes at run time has no call frame information: stacks are followed
/// across it.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct RuntimeCodeTests {
    /// 3.14 and 3.15 translate hot code where they were built to.
    @Test(arguments: [14, 15].map(TestedPython.sid), [Recorded.Way.stop, .kernel])
    func theJitsCodeIsCrossed(_ python: TestedPython, _ way: Recorded.Way) throws {
      let (profile, samples) = try record(python, "PYTHON_JIT=1", way)
      let crossed = samples.filter { profile.names(of: $0).contains(where: Self.hasNoFile) }
      // Only hot loops are translated; most of this program is calls.
      #expect(crossed.count > 20, "the JIT made no code")
      let exact = profile.share(exact: crossed)
      print(
        "JIT, \(python.name), \(way): \(crossed.count) samples across it, \(exact * 100) % exact")
      #expect(exact > 0.97, "\(crossed.count): \(profile.reasons(crossed))")
    }

    /// `-X perf` puts a trampoline below each Python function, and names it in `/tmp/perf-PID.map`.
    @Test(
      arguments: [12, 13].map(TestedPython.version) + TestedPython.inSid.map(TestedPython.sid),
      [Recorded.Way.stop, .kernel])
    func perfTrampolinesAreCrossed(_ python: TestedPython, _ way: Recorded.Way) throws {
      let (profile, samples) = try record(python, "PYTHONPERFSUPPORT=1", way)
      let crossed = samples.filter { sample in
        profile.names(of: sample).contains { $0.hasPrefix("py::") || Self.hasNoFile($0) }
      }
      #expect(crossed.count * 10 > samples.count * 9)
      // Each call of a Python function is an activation of its own.
      let exact = profile.share(exact: crossed)
      print(
        "perf, \(python.name), \(way): \(crossed.count) samples across it, \(exact * 100) % exact")
      #expect(exact > 0.94, "\(profile.reasons(crossed))")
      let trampolines = Set(crossed.flatMap { profile.functions(of: $0) })
        .filter { $0.name.hasPrefix("py::") }
      #expect(trampolines.contains { $0.name.hasPrefix("py::work:") && $0.isPlumbing })
      let unnamed = crossed.filter { profile.names(of: $0).contains(where: Self.hasNoFile) }
      #expect(unnamed.count * 20 < crossed.count)
    }

    private func record(
      _ python: TestedPython, _ variable: String, _ way: Recorded.Way
    ) throws -> (Profile, [Sample]) {
      let target = try TestProgram(
        python.interpreter(), "callheavy.py", ["--seconds", "1.5"],
        launcher: ["/usr/bin/env", variable])
      let profile = try Recorded(
        target, ["-r", "1500", "--capture", way.rawValue], isOptional: way == .kernel
      ).profile
      let samples = profile.running.filter {
        $0.source == .userTick && profile.names(of: $0).contains("work")
      }
      #expect(samples.count > 1500)
      return (profile, samples)
    }

    private static func hasNoFile(_ name: String) -> Bool { name.hasPrefix("[anonymous]") }
  }
}
