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

    /// 3.6 and before have no `_PyRuntime`, by which later ones are found.
    @Test(arguments: ["2.7.18", "3.6.15", "3.7.16"])
    func olderOnesAreNamed(_ version: String) throws {
      let path = NSHomeDirectory() + "/.pyenv/versions/\(version)/bin/python"
      guard FileManager.default.isExecutableFile(atPath: path) else {
        try Test.cancel("pyenv has no Python \(version): that it is named is not tested")
      }
      let target = try TestProgram(Interpreter(path: path), "waiting.py")
      let output = try temporaryPath("hyflame.data")
      let result = try HyflameProcess.run(["record", "-p", "\(target.pid)", "-o", output])
      #expect(result.status == 4)
      #expect(result.errors.contains("runs CPython \(version), whose data"), "\(result.errors)")
      let doctor = try HyflameProcess.run(["doctor", "-p", "\(target.pid)"])
      #expect(doctor.output.contains("CPython \(version)"), "\(doctor.output)")
      try target.go()
      #expect(target.wait() == 0)
    }

    /// Its table of offsets tells a field beyond the end of its struct: what the headers say is used.
    @Test func aTableThatCannotBeIsNotBelieved() throws {
      let target = try Self.changedPython("libpython3.13.so.1.0") { table in
        // `interpreter_frame.owner`.
        table.replaceSubrange(264..<266, with: [88, 2])
      }
      let recorded = try Recorded(target, ["-r", "1000"])
      let notes = recorded.profile.ledger.notes
      #expect(notes.contains { $0.contains("(interpreter_frame.owner 600)") }, "\(notes)")
      let seconds = try #require(recorded.truth["cpu_s"] as? Double)
      let working = recorded.profile.running.filter {
        recorded.profile.names(of: $0).contains("work")
      }
      #expect(abs(recorded.profile.seconds(working) / seconds - 1) < 0.1)
      #expect(recorded.profile.share(exact: working) > 0.9)
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
      try changedPython("libpython3.16.so.1.0", launcher: launcher) { table in
        table.replaceSubrange(8..<16, with: [0xf0, 0, 16, 3, 0, 0, 0, 0])
      }
    }

    /// CPython 3.13 with other bytes in its table of offsets, which it does not read itself.
    private static func changedPython(
      _ name: String, launcher: [String] = [], _ change: (inout [UInt8]) -> Void
    ) throws -> TestProgram {
      let python = try SharedPython(13)
      var library = try Data(contentsOf: URL(fileURLWithPath: python.library))
      // `_Py_DebugOffsets`: the cookie, then PY_VERSION_HEX in eight bytes.
      var start = 0
      var version = 0..<0
      while !library[version].suffix(6).elementsEqual([13, 3, 0, 0, 0, 0]) {
        let cookie = try #require(
          library.range(of: Data("xdebugpy".utf8), in: version.upperBound..<library.count))
        start = cookie.lowerBound
        version = cookie.upperBound..<(cookie.upperBound + 8)
      }
      var table = Array(library[start..<start + 584])
      change(&table)
      library.replaceSubrange(start..<start + 584, with: table)
      let path = try temporaryPath(name)
      try library.write(to: URL(fileURLWithPath: path))
      return try TestProgram(
        Interpreter(path: path), "callheavy.py", ["--seconds", "0.5"],
        launcher: launcher + python.launcher() + [TestProgram.build("embedder")])
    }
  }
}
