import Foundation
import ProfileModel
import Support
import Testing

/// A CPython that is newer than any that hyflame knows: a real one whose own table says so.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct UnknownVersionTests {
    @Test func isRefusedByItsVersion() throws {
      let target = try Self.newerPython()
      let output = try temporaryPath("hyflame.data")
      let result = try HyflameProcess.run(["record", "-p", "\(target.pid)", "-o", output])
      #expect(result.status == 4)
      #expect(result.errors.contains("CPython 3.16.0"), "\(result.errors)")
      #expect(result.errors.contains("--native-only -p \(target.pid)"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: output))
      // It did not notice.
      #expect(try target.run()["cpu_s"] as! Double >= 0.5)
      #expect(target.wait() == 0)
    }

    @Test func isRecordedNatively() throws {
      let recorded = try Recorded(Self.newerPython(), ["-r", "1000", "--native-only"])
      expectNative(recorded.profile, seconds: recorded.truth["cpu_s"] as! Double)
    }

    @Test func isLaunchedAllTheSame() throws {
      let output = try temporaryPath("hyflame.data")
      let target = try Self.newerPython(
        launcher: [HyflameProcess.path, "record", "-r", "1000", "-o", output, "--"])
      let seconds = try target.run()["cpu_s"] as! Double
      #expect(target.wait() == 0)
      let profile = try Profile(recordedAt: output)
      expectNative(profile, seconds: seconds)
      let notes = profile.ledger.notes
      #expect(notes.contains { $0.contains("CPython 3.16.0 is not known") }, "\(notes)")
    }

    private func expectNative(_ profile: Profile, seconds: Double) {
      #expect(profile.functions.allSatisfy { $0.kind != .python })
      let samples = profile.running.filter {
        profile.names(of: $0).contains("_PyEval_EvalFrameDefault")
      }
      #expect(profile.seconds(samples) > 0.95 * seconds)
    }

    /// CPython 3.13, whose table of offsets claims to be of 3.16.0.
    private static func newerPython(launcher: [String] = []) throws -> TestProgram {
      let python = try SharedPython(13)
      var library = try Data(contentsOf: URL(fileURLWithPath: python.library))
      // `_Py_DebugOffsets`: the cookie, then PY_VERSION_HEX in eight bytes.
      var version = 0..<0
      while !library[version].suffix(6).elementsEqual([13, 3, 0, 0, 0, 0]) {
        let cookie = try #require(
          library.range(of: Data("xdebugpy".utf8), in: version.upperBound..<library.count))
        version = cookie.upperBound..<(cookie.upperBound + 8)
      }
      library.replaceSubrange(version, with: [0xf0, 0, 16, 3, 0, 0, 0, 0])
      let path = try temporaryPath("libpython3.16.so.1.0")
      try library.write(to: URL(fileURLWithPath: path))
      return try TestProgram(
        Interpreter(path: path), "callheavy.py", ["--seconds", "0.5"],
        launcher: launcher + python.launcher() + [TestProgram.build("embedder")])
    }
  }
}
