import ProfileModel
import Testing

/// What a stop costs in system calls, the one that tells about it and the one that ends it
/// included.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct SystemCallTests {
    @Test(arguments: TestedPython.all)
    func fiftyFrames(_ python: TestedPython) throws {
      let recorded = try Recorded(
        python.interpreter(), "deep_recursion.py",
        ["--depth", "44", "--native-depth", "44", "--seconds", "1"], way: .stop)
      let profile = recorded.profile
      let calls = profile.ledger.stopCalls
      let depths = profile.samplesByPythonStack(profile.running).keys.map(\.count)
      let minor = try #require(Int((recorded.truth["python"] as! String).split(separator: ".")[1]))
      print(
        "system calls, \(python.name): \(calls.stops) stops of up to \(depths.max() ?? 0) frames,"
          + " p50 \(calls.quantile(0.5)), p98 \(calls.quantile(0.98)), most \(calls.most)")
      #expect(depths.contains { $0 >= 50 })
      #expect(calls.stops > 1800)
      // The first samples of each stack read code objects, and where the frames are.
      #expect(calls.quantile(0.98) <= (minor >= 11 ? 4 : 6))
    }
  }
}
