import Foundation
import ProfileModel
import Support
import Testing

/// A program that makes short system calls from many lines: the Python side of a sample taken in the
/// kernel belongs to the call that the kernel was in, or is not called exact.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct SystemCallPairTests {
    @Test(arguments: TestedPython.all)
    func readsAfterTheTick(_ python: TestedPython) throws {
      try everyLineMakesTheCall(python, .stop)
    }

    @Test(arguments: TestedPython.few)
    func copiesOfTheTick(_ python: TestedPython) throws {
      try everyLineMakesTheCall(python, .kernel)
    }

    private func everyLineMakesTheCall(_ python: TestedPython, _ way: Recorded.Way) throws {
      let recorded = try Recorded(
        python.interpreter(), "syscalls.py", ["--seconds", "1.5"], rate: 2000, way: way)
      let profile = recorded.profile
      let source = try String(contentsOfFile: TestProgram.path("syscalls.py"), encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false)
      let ticks = profile.running.filter { $0.source == .kernelTick }
      let exact = Self.judge(ticks.filter { $0.merge == .exact }, profile, source)
      let unproven = Self.judge(ticks.filter { profile.isUnproven($0) }, profile, source)
      print(
        "system calls, \(python.name), \(way): in the kernel \(exact.count) exact, \(unproven.count)"
          + " unproven, of which \(unproven.wrong.count) are wrong")
      #expect(exact.wrong.isEmpty, "\(Comment.never)of \(exact.count): \(Set(exact.wrong))")
      #expect(unproven.wrong.count <= 3 + unproven.count / 20, "\(unproven)")
      let enough = way == .kernel ? exact.count > 800 : exact.count + unproven.count > 30
      #expect(enough, "\(profile.reasons(ticks))")
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
        let callees = stack.dropFirst().map(\.name) + ["os.\(call)"]
        let fault = zip(stack, callees).first { $0.name != "<module>" && !isNamed($1, in: $0) }
        if let (caller, callee) = fault {
          result.wrong.append("\(caller.name):\(caller.line) calls \(callee)")
        }
      }
      return result
    }

    /// The function of `os` whose system call the thread was in, by the C library's and the kernel's names.
    private static func call(_ names: [String]) -> String? {
      if names.contains(where: { $0.contains("readv") }) { return "readv" }
      return names.contains { $0.contains("fstatat") } ? "stat" : nil
    }
  }
}
