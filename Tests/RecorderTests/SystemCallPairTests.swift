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
      var judged = 0
      var wrong: [String] = []
      let exact = profile.running.filter { $0.merge == .exact && $0.source == .kernelTick }
      for (stack, samples) in Dictionary(grouping: exact, by: \.stack) {
        let python = profile.pythonFrames(of: stack)
        guard python.map(\.name).contains("work"),
          let call = Self.call(profile.names(of: samples[0]))
        else { continue }
        judged += samples.count
        let fault = Self.fault(python, call, source)
        if let fault { wrong += samples.map { _ in fault } }
      }
      print(
        "system calls, \(python.name), \(way): \(judged) exact in the kernel, \(wrong.count) wrong")
      #expect(judged > (way == .kernel ? 800 : 30), "\(profile.reasons(profile.running))")
      // Frames that share an eval loop with an inner one leave nothing on the native stack: from 3.11 on
      // that loop may have come back to the same instruction, called from another line.
      let allowed = way == .kernel ? 0 : 3 + judged / 100
      #expect(wrong.count <= allowed, "\(wrong.count) of \(judged): \(Set(wrong))")
    }

    /// The function of `os` whose system call the thread was in, by the C library's and the kernel's names.
    private static func call(_ names: [String]) -> String? {
      if names.contains(where: { $0.contains("readv") }) { return "readv" }
      return names.contains { $0.contains("fstatat") } ? "stat" : nil
    }

    /// What cannot be in this stack; nil if it is possible.
    private static func fault(
      _ stack: [PythonFrame], _ call: String, _ source: [Substring]
    ) -> String? {
      func isNamed(_ name: String, in frame: PythonFrame) -> Bool {
        source.indices.contains(frame.line - 1) && source[frame.line - 1].contains(name)
      }
      guard let innermost = stack.last, isNamed("os.\(call)", in: innermost) else {
        return "\(call) in \(stack.last.map { "\($0.name):\($0.line)" } ?? "no frame")"
      }
      for (caller, callee) in zip(stack, stack.dropFirst()) where caller.name != "<module>" {
        guard isNamed(callee.name, in: caller) else {
          return "\(caller.name):\(caller.line) calls \(callee.name)"
        }
      }
      return nil
    }
  }
}
