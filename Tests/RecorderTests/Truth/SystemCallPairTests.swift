import Foundation
import ProfileModel
import Support
import Testing

/// Programs that make short system calls from many lines: the Python side of a sample taken in the
/// kernel, or off the CPU, belongs to the call that the kernel was in, or is not called exact.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct SystemCallPairTests {
    @Test(arguments: TestedPython.all)
    func readsAfterTheTick(_ python: TestedPython) throws {
      let (exact, unproven) = try judge(python, "syscalls.py", .stop) { $0.source == .kernelTick }
      #expect(exact.count + unproven.count > 30)
    }

    @Test(arguments: TestedPython.few)
    func copiesOfTheTick(_ python: TestedPython) throws {
      let (exact, _) = try judge(python, "syscalls.py", .kernel) { $0.source == .kernelTick }
      #expect(exact.count > 800)
    }

    @Test(arguments: TestedPython.few)
    func readsOfThreadsAway(_ python: TestedPython) throws {
      let (exact, unproven) = try judge(python, "blocking.py", .stop) { $0.cpu != .running }
      #expect(exact.count + unproven.count > 300)
    }

    @Test(arguments: TestedPython.all)
    func copiesOfSwitches(_ python: TestedPython) throws {
      let (exact, unproven) = try judge(python, "blocking.py", .kernel) { $0.cpu != .running }
      #expect(exact.count > 800 && unproven.count * 100 <= exact.count)
    }

    /// Records the program, and judges its samples that are `chosen`.
    private func judge(
      _ python: TestedPython, _ program: String, _ way: Recorded.Way, _ chosen: (Sample) -> Bool
    ) throws -> (exact: Judgement, unproven: Judgement) {
      let recorded = try Recorded(
        python.interpreter(), program, ["--seconds", "1.5"], rate: 2000, way: way)
      let profile = recorded.profile
      let source = try String(contentsOfFile: TestProgram.path(program), encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false)
      let samples = profile.samples.filter(chosen)
      let exact = Self.judge(samples.filter { $0.merge == .exact }, profile, source)
      let unproven = Self.judge(samples.filter { profile.isUnproven($0) }, profile, source)
      print(
        "\(program), \(python.name), \(way): \(exact.count) exact, \(unproven.count) unproven, of"
          + " which \(unproven.wrong.count) are wrong; \(profile.reasons(samples))")
      #expect(exact.wrong.isEmpty, "\(Comment.never)of \(exact.count): \(Set(exact.wrong))")
      // Debian's 3.11 has slots with the instruction of an earlier call of the same function (CopiedStackEvidence).
      let isStale =
        python.name == "the system's Python" && profile.target.pythonVersion.hasPrefix("3.11")
      let bar = 3 + unproven.count / (isStale ? 6 : 20)
      #expect(unproven.wrong.count <= bar, "\(unproven)")
      return (exact, unproven)
    }

    /// Samples in a system call that the program makes, and what is wrong with their Python frames.
    private struct Judgement {
      var count = 0
      /// A line that does not make the call, or does not call the next frame.
      var wrong: [String] = []
    }

    private static func judge(
      _ samples: [Sample], _ profile: Profile, _ source: [Substring]
    ) -> Judgement {
      func isNamed(_ name: String, in frame: PythonFrame) -> Bool {
        source.indices.contains(frame.line - 1) && source[frame.line - 1].contains(name)
      }
      var result = Judgement()
      for sample in samples {
        let stack = profile.pythonFrames(of: sample.stack)
        guard stack.map(\.name).contains("work"), let call = call(profile.names(of: sample)) else {
          continue
        }
        result.count += 1
        let callees = stack.dropFirst().map(\.name) + [call]
        let fault = zip(stack, callees).first { $0.name != "<module>" && !isNamed($1, in: $0) }
        if let (caller, callee) = fault {
          result.wrong.append("\(caller.name):\(caller.line) calls \(callee)")
        }
      }
      return result
    }

    /// What the program calls to make the system call that the thread was in, by the names of the C library
    /// and the kernel.
    private static func call(_ names: [String]) -> String? {
      let calls = [
        ("readv", "os.readv("), ("fstatat", "os.stat("), ("pipe_read", "os.read("),
        ("nanosleep", "time.sleep("), ("sys_select", "time.sleep("),  // Up to 3.10.
      ]
      return calls.first { word, _ in names.contains { $0.contains(word) } }?.1
    }
  }
}
