import Foundation
import ProfileModel
import Support
import Testing

/// Where a limit, a filter or another program leaves too little: one sentence that is true, the right status, and a
/// target that does not notice.
extension RealProcessTests {
  @Suite(.serialized) struct NarrowPlaceTests {
    private static func shell(
      _ script: String, _ words: [String]
    ) throws -> (status: Int32, said: String) {
      let process = Process()
      let pipe = Pipe()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", script, "sh"] + words
      process.standardOutput = pipe
      process.standardError = pipe
      process.standardInput = FileHandle.nullDevice
      try Watchdog.start(process, seconds: 60)
      let said = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      let status =
        process.terminationReason == .exit
        ? process.terminationStatus : 128 + process.terminationStatus
      return (status, String(decoding: said, as: UTF8.self))
    }

    private static func target(_ seconds: Double = 4) throws -> TestProgram {
      let target = try TestProgram(
        TestedPython.any(), "spinning.py", ["--seconds", "\(seconds)"])
      try target.go()
      return target
    }

    private static func expectUnharmed(_ target: TestProgram) throws {
      #expect(ThreadStatus.all(of: target.pid).allSatisfy { !$0.isStopped && $0.tracer == 0 })
      _ = try target.truth()
      #expect(target.wait() == 0)
    }

    /// `ulimit -f`: an error like a full disk, not SIGXFSZ.
    @Test(arguments: ["kernel", "stop", "read"])
    func aLimitOnTheSizeOfFiles(_ way: String) throws {
      let target = try Self.target()
      let output = try temporaryPath("hyflame.data")
      let (status, said) = try Self.shell(
        "ulimit -f 8; exec \"$@\"",
        [
          HyflameProcess.path, "record", "-q", "-r", "5000", "-d", "2", "--capture", way, "-p",
          "\(target.pid)", "-o", output,
        ])
      #expect(status == 1, "\(said)")
      #expect(said.isOneSentence(naming: "File too large"), "\(said)")
      try Self.expectUnharmed(target)
    }

    /// What another program does to the recording while it is written.
    @Test(arguments: ["removed", "replaced", "cut"])
    func anOutputThatIsDisturbed(_ how: String) throws {
      let target = try Self.target()
      let output = try temporaryPath("hyflame.data")
      let precious = output + ".precious"
      try Data("precious".utf8).write(to: URL(fileURLWithPath: precious))
      let hyflame = try HyflameProcess(
        ["record", "-q", "-r", "1000", "-d", "2.5", "-p", "\(target.pid)", "-o", output])
      let deadline = Date().addingTimeInterval(20)
      while Date() < deadline, (try? Profile(recordedAt: output))?.samples.isEmpty != false {
        usleep(10_000)
      }
      switch how {
      case "removed": try FileManager.default.removeItem(atPath: output)
      case "replaced":
        try FileManager.default.removeItem(atPath: output)
        try FileManager.default.createSymbolicLink(
          atPath: output, withDestinationPath: precious)
      default: #expect(truncate(output, 0) == 0)
      }
      let result = hyflame.wait()
      #expect(result.status == 1)
      #expect(result.errors.isOneSentence(naming: output), "\(result.errors)")
      #expect(try String(contentsOfFile: precious, encoding: .utf8) == "precious")
      let rescued = how == "removed" ? output : output + ".rescued"
      if how == "cut" {
        #expect(result.errors.contains("is lost"))
      } else {
        #expect(result.errors.contains("hyflame report \(rescued)"), "\(result.errors)")
        let profile = try Profile(recordedAt: rescued)
        #expect(profile.ledger.isComplete)
        #expect(profile.seconds(profile.running) > 1.5)
      }
      try Self.expectUnharmed(target)
    }

    /// A script need not guess when sampling has begun; a launched command does not get the descriptor.
    @Test func whoeverWaitsForTheBeginningIsTold() throws {
      let script = """
        mkfifo "$1"; "$2" record -q -o "$3" --ready-fd 3 -d 30 -p "$4" 3>"$1" & read line <"$1"
        sleep 0.3; kill -INT $!; wait $!; echo "status $?"
        "$2" record -q --force -o "$3" --ready-fd 3 -- \
          /bin/sh -c 'test -e /proc/self/fd/3 && echo open || echo closed' 3>"$1.launched"
        """
      let target = try Self.target(60)
      defer { kill(target.pid, SIGKILL) }
      let output = try temporaryPath("hyflame.data")
      let told = try temporaryPath("ready")
      let result = try Self.shell(script, [told, HyflameProcess.path, output, "\(target.pid)"])
      let lines = result.said.split(separator: "\n")
      #expect(lines.first == "status 0", "\(result.said)")
      #expect(lines.contains("closed") && !lines.contains("open"), "\(result.said)")
    }

    /// Every command gets its arguments, and those that need /proc say so.
    @Test func noProcFiles() throws {
      guard geteuid() == 0 else { try Test.cancel("it takes root to hide /proc") }
      let script =
        "exec unshare -m sh -c 'mount -t tmpfs none /proc && exec \"$@\"' sh \"$@\""
      let missing = try temporaryPath("missing.data")
      let report = try Self.shell(script, [HyflameProcess.path, "report", missing, "--json"])
      #expect(report.status == 1 && report.said.isOneSentence(naming: missing), "\(report)")
      let record = try Self.shell(
        script, [HyflameProcess.path, "record", "-o", missing, "--", "/bin/echo", "ran"])
      #expect(record.status == 1 && record.said.isOneSentence(naming: "/proc"), "\(record)")
      let doctor = try Self.shell(script, [HyflameProcess.path, "doctor", "-p", "1"])
      #expect(doctor.status == 1 && doctor.said.isOneSentence(naming: "/proc"), "\(doctor)")
    }

    /// A number in it could be another process's.
    @Test func procFilesOfAnotherNamespace() throws {
      guard geteuid() == 0 else { try Test.cancel("it takes root to make a PID namespace") }
      let output = try temporaryPath("foreign.data")
      let result = try Self.shell(
        "exec unshare -pf \"$@\"",
        [HyflameProcess.path, "record", "-o", output, "--", "/bin/echo", "ran"])
      #expect(result.status == 1 && result.said.isOneSentence(naming: "namespace"), "\(result)")
    }

    /// A filter that the parent has not may kill a traced process: it is read without a tracer, or left alone.
    @Test func aFilterOfTheTarget() throws {
      let python = try TestedPython.any()
      let target = try TestProgram(
        python, "spinning.py", ["--seconds", "4"],
        launcher: [python.path, TestProgram.path("deny.py"), "restart_syscall=EPERM"])
      try target.go()
      let output = try temporaryPath("hyflame.data")
      let refused = try HyflameProcess.run(
        ["record", "-q", "--native-only", "-d", "0.5", "-p", "\(target.pid)", "-o", output])
      #expect(refused.status == 3)
      #expect(refused.errors.isOneSentence(naming: "seccomp filter of its own"), "\(refused)")
      let read = try HyflameProcess.run(
        ["record", "-q", "-d", "0.5", "-p", "\(target.pid)", "-o", output])
      #expect(read.status == 0, "\(read.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.recording.capture == .read)
      #expect(profile.ledger.notes.contains { $0.contains("seccomp filter of its own") })
      try Self.expectUnharmed(target)
    }

    /// No thread can be made.
    @Test(arguments: ["attach", "launch"])
    func noThread(_ how: String) throws {
      let target = try Self.target()
      let command =
        how == "attach" ? ["-p", "\(target.pid)", "-d", "1"] : ["--", "/bin/echo", "ran"]
      let result = try Self.shell(
        "exec \"$@\"",
        [
          TestedPython.any().path, TestProgram.path("deny.py"), "clone3=EPERM",
          HyflameProcess.path, "record", "-q", "-o", try temporaryPath("hyflame.data"),
        ] + command)
      #expect(result.status == 1, "\(result)")
      #expect(result.said.isOneSentence(naming: "no thread can be made"), "\(result)")
      try Self.expectUnharmed(target)
    }

    /// Whatever the limit on open files, what is said of it is true: samples, or that limit.
    @Test(arguments: [5, 12, 20, 30, 40, 63, 64, 72], ["kernel", "stop", "read"])
    func fewOpenFiles(_ limit: Int, _ way: String) throws {
      let target = try Self.target(30)
      defer { kill(target.pid, SIGKILL) }
      let result = try Self.shell(
        "ulimit -n \(limit); exec \"$@\"",
        [
          HyflameProcess.path, "record", "-q", "-d", "0.5", "--capture", way, "-p",
          "\(target.pid)", "-o", try temporaryPath("hyflame.data"),
        ])
      let refuses = result.said.contains("ulimit -Hn allows \(limit) in all")
      #expect(limit < 64 ? refuses && result.status == 3 : result.status == 0, "\(result)")
    }
  }
}
