import Foundation
import ProfileModel
import Support
import Testing

/// What cannot be recorded: the exit status says what kind of mistake it is, one sentence what to do,
/// and nothing is harmed or lost.
extension RealProcessTests {
  @Suite(.serialized) struct BadInputTests {
    private func record(
      pid: Int32, output: String? = nil, _ options: [String] = []
    ) throws -> HyflameProcess.Result {
      let output = try output ?? temporaryPath("hyflame.data")
      return try HyflameProcess.run(["record", "-p", "\(pid)", "-o", output, "-d", "5"] + options)
    }

    /// A Python that waits, and works when it is told to.
    private func waitingPython() throws -> TestProgram {
      try TestProgram(TestedPython.any(), "callheavy.py", ["--seconds", "0.2"])
    }

    /// It is not traced, and works as it would have.
    private func expectUntouched(_ target: TestProgram) throws {
      let threads = ThreadStatus.all(of: target.pid)
      #expect(!threads.isEmpty)
      #expect(threads.allSatisfy { !$0.isStopped && $0.tracer == 0 })
      #expect(try target.run()["cpu_s"] as! Double >= 0.2)
      #expect(target.wait() == 0)
    }

    /// Names that a script has left empty, or that mean a stream elsewhere.
    @Test(
      arguments: [
        (["report", ""], 1, "an empty name"), (["report", "", "--svg"], 1, "an empty name"),
        (["diff", "", ""], 1, "an empty name"),
        (["record", "-o", "", "--", "true"], 2, "needs a name"),
        (["record", "-o", "-", "--", "true"], 2, "needs a name"),
        (["record", "--", ""], 1, "cannot launch"),
        (["record", "--ready-fd", "77", "--", "true"], 2, "--ready-fd 77: no such file is open"),
      ] as [([String], Int32, String)])
    func emptyNames(_ arguments: [String], _ status: Int32, _ words: String) throws {
      let result = try HyflameProcess.run(arguments)
      #expect(result.status == status && result.errors.contains(words), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: "-"))
    }

    @Test func noSuchProcess() throws {
      let ended = Process()
      ended.executableURL = URL(fileURLWithPath: "/bin/true")
      try ended.run()
      ended.waitUntilExit()
      let result = try record(pid: ended.processIdentifier)
      #expect(result.status == 4)
      #expect(result.errors.isOneSentence(naming: "no process \(ended.processIdentifier)"))
    }

    @Test func noPython() throws {
      let sleep = Process()
      sleep.executableURL = URL(fileURLWithPath: "/bin/sleep")
      sleep.arguments = ["60"]
      try sleep.run()
      defer {
        // It has inherited blocked signals from the test's thread.
        kill(sleep.processIdentifier, SIGKILL)
        sleep.waitUntilExit()
      }
      let result = try record(pid: sleep.processIdentifier)
      #expect(result.status == 4, "\(result.errors)")
      #expect(result.errors.isOneSentence(naming: "CPython"), "\(result.errors)")
      let threads = ThreadStatus.all(of: sleep.processIdentifier)
      #expect(threads.count == 1 && threads.allSatisfy { $0.tracer == 0 && $0.state == "S" })
    }

    @Test func tracedByAnother() throws {
      let target = try waitingPython()
      let first = try HyflameProcess.attach(
        to: target.pid, output: temporaryPath("hyflame.data"))
      let result = try record(pid: target.pid, ["--capture", "stop"])
      #expect(result.status == 3, "\(result.errors)")
      #expect(result.errors.isOneSentence(naming: "traced by process"), "\(result.errors)")
      // The one that was there first is not disturbed.
      #expect(first.isRunning)
      first.signal(SIGINT)
      #expect(first.wait().status == 0)
      try expectUntouched(target)
    }

    @Test(.enabled(if: getuid() == 0, "only root can become another user"))
    func notPermitted() throws {
      guard let setpriv = Self.setpriv else {
        try Test.cancel("setpriv is not installed: refused permissions are not tested")
      }
      let target = try waitingPython()
      let launcher = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
      let output = try temporaryPath("hyflame.data")
      // The other user must be able to run it, and to write.
      let directory = URL(fileURLWithPath: output).deletingLastPathComponent()
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o777], ofItemAtPath: directory.path)
      let copy = directory.appendingPathComponent("hyflame").path
      try FileManager.default.copyItem(
        atPath: URL(fileURLWithPath: HyflameProcess.path).resolvingSymlinksInPath().path,
        toPath: copy)
      let arguments = ["record", "-p", "\(target.pid)", "-o", output]
      let result = try HyflameProcess(arguments, launcher: launcher, binary: copy).wait()
      #expect(result.status == 3, "\(result.errors)")
      #expect(result.errors.isOneSentence(naming: "sudo hyflame record -p \(target.pid)"))
      #expect(!FileManager.default.fileExists(atPath: output))
      try expectUntouched(target)
    }

    @Test(arguments: ["/no/such/directory/hyflame.data", "/", "/proc/hyflame.data"])
    func unwritableOutput(_ output: String) throws {
      let target = try waitingPython()
      let result = try record(pid: target.pid, output: output)
      #expect(result.status == 1, "\(result.errors)")
      #expect(result.errors.isOneSentence(naming: output), "\(result.errors)")
      try expectUntouched(target)
    }

    @Test func existingOutput() throws {
      let target = try waitingPython()
      let output = try temporaryPath("hyflame.data")
      try Data("precious".utf8).write(to: URL(fileURLWithPath: output))
      let result = try record(pid: target.pid, output: output)
      #expect(result.status == 1, "\(result.errors)")
      #expect(result.errors.isOneSentence(naming: "--force"), "\(result.errors)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: output)) == Data("precious".utf8))
      try expectUntouched(target)
    }

    /// `--force` replaces a recording by another one, not by nothing.
    @Test func failureKeepsTheOldRecording() throws {
      let output = try temporaryPath("hyflame.data")
      let precious = Data("precious".utf8)
      try precious.write(to: URL(fileURLWithPath: output))
      let target = try waitingPython()
      let failures: [(arguments: [String], status: Int32)] = [
        (["-p", "999999999"], 4),
        (["--", "/no/such/command"], 1),
        // It has ended before the first tick.
        (["-r", "1", "--", "/bin/sh", "-c", "exit 3"], 3),
      ]
      for (arguments, status) in failures {
        let result = try HyflameProcess.run(["record", "--force", "-q", "-o", output] + arguments)
        #expect(result.status == status, "\(arguments): \(result.errors)")
        let left = try? Data(contentsOf: URL(fileURLWithPath: output))
        #expect(left == precious, "\(arguments): the old file is gone")
      }
      try expectUntouched(target)
    }

    @Test func foreignRecording() throws {
      for foreign in [
        "/bin/sh", "/dev/null", TestProgram.path("callheavy.py"), "/no/such/file", "/",
      ] {
        let result = try HyflameProcess.run(["report", foreign])
        #expect(result.status == 1, "\(foreign): \(result.status)")
        #expect(result.output.isEmpty)
        #expect(result.errors.isOneSentence(naming: foreign), "\(result.errors)")
      }
    }

    private static let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }
}
