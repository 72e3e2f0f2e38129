import Foundation
import ProfileModel
import Support
import Testing

/// Code that CPython makes at run time and names in `/tmp/perf-PID.map`.
extension RealProcessTests {
  @Suite(.serialized) struct PerfTrampolineTests {
    @Test(arguments: [12, 13])
    func trampolinesAreLeftAndNamed(minor: Int) throws {
      let source = """
        import time
        def inner(n): return sum(len(str(i)) for i in range(n))
        def outer(): return sum(map(inner, [100] * 20))
        start = time.thread_time()
        while time.thread_time() - start < 1: outer()
        """
      let output = try temporaryPath("hyflame.data")
      let python = try TestedPython.version(minor).interpreter().path
      let result = try HyflameProcess.run(
        ["record", "-q", "-r", "1000", "-o", output, "--", python, "-X", "perf", "-c", source])
      try #require(result.status == 0, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      let running = profile.running.filter { profile.names(of: $0).contains("inner") }
      try #require(running.count > 200)
      #expect(profile.share(exact: running) > 0.95)
      let functions = Set(running.flatMap { profile.functions(of: $0) })
      let trampolines = functions.filter { $0.name.hasPrefix("py::") }
      #expect(trampolines.contains { $0.name.hasPrefix("py::inner:") && $0.isPlumbing })
      let unnamed = running.filter { sample in
        profile.names(of: sample).contains { $0.hasPrefix("[anonymous]") }
      }
      #expect(unnamed.count * 20 < running.count)
    }
  }
}
