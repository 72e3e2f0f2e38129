import Foundation
import ProfileModel
import Support
import Testing

/// Ctrl-C always works: at a terminal that shows nothing, beside a command that ignores it, and while the main
/// thread does not get on.
extension RealProcessTests {
  @Suite(.serialized) struct InterruptTests {
    /// What happened at a terminal.
    private struct Terminal: Decodable {
      var status: Int
      var seconds: Double
      var screen: String

      init(_ options: [String], _ command: [String]) throws {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: try TestedPython.any().path)
        process.arguments = [TestProgram.path("terminal.py")] + options + ["--"] + command
        process.standardOutput = pipe
        try Watchdog.start(process, seconds: 60)
        let said = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        self = try JSONDecoder().decode(Terminal.self, from: said)
      }
    }

    private static let burning = """
      import os, signal, sys, time
      if 'deaf' in sys.argv: signal.signal(signal.SIGINT, signal.SIG_IGN)
      print('burning', flush=True)
      end = time.monotonic() + float(sys.argv[1])
      while time.monotonic() < end: sum(range(1000))
      raise SystemExit(7)
      """

    private static func record(_ output: String, _ words: [String]) throws -> [String] {
      [
        HyflameProcess.path, "record", "-o", output, "--", try TestedPython.any().path, "-c",
        burning,
      ]
        + words
    }

    /// The recording ends, its file is complete, and hyflame waits for the command as a shell would.
    @Test func aCommandThatIgnoresIt() throws {
      let output = try temporaryPath("hyflame.data")
      let run = try Terminal(
        ["--until", "burning", "--patience", "20"], Self.record(output, ["5", "deaf"]))
      #expect(run.status == 7, "\(run)")
      #expect(run.screen.contains("stopped recording; waiting for process"), "\(run.screen)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.ledger.isComplete)
      #expect(profile.recording.duration < 4_000_000_000)
    }

    @Test func theSecondLeavesItRunning() throws {
      let output = try temporaryPath("hyflame.data")
      let run = try Terminal(
        ["--until", "burning", "--interrupts", "2", "--again", "waiting for process"],
        Self.record(output, ["20", "deaf"]))
      #expect(run.status == 0 && run.seconds < 8, "\(run)")
      let line = try #require(
        run.screen.split(whereSeparator: \.isNewline).first { $0.contains("waiting for process") })
      let pid = try #require(
        line.split(separator: " ").lazy.compactMap { Int32($0) }.first, "\(line)")
      #expect(ThreadStatus.all(of: pid).allSatisfy { !$0.isStopped && $0.tracer == 0 })
      #expect(!ThreadStatus.all(of: pid).isEmpty)
      kill(pid, SIGKILL)
      #expect(try Profile(recordedAt: output).ledger.isComplete)
    }

    @Test func aCommandThatEndsByIt() throws {
      let output = try temporaryPath("hyflame.data")
      let run = try Terminal(["--until", "burning"], Self.record(output, ["20"]))
      #expect(run.status == 130 && run.seconds < 8, "\(run)")
      #expect(!run.screen.contains("waiting for process"))
      #expect(try Profile(recordedAt: output).ledger.isComplete)
    }

    /// Ctrl-S, and then one signal: the recording is complete, though nothing can be said.
    @Test(arguments: ["kernel", "stop", "read"])
    func aStoppedTerminal(_ way: String) throws {
      let target = try TestProgram(TestedPython.any(), "spinning.py", ["--seconds", "6"])
      try target.go()
      let output = try temporaryPath("hyflame.data")
      let run = try Terminal(
        ["--stop-output", "--until", "Recording"],
        [
          HyflameProcess.path, "record", "--capture", way, "-p", "\(target.pid)", "-o", output,
        ])
      #expect(run.status == 0 && run.seconds < 8, "\(run)")
      #expect(try Profile(recordedAt: output).ledger.isComplete)
      #expect(ThreadStatus.all(of: target.pid).allSatisfy { !$0.isStopped && $0.tracer == 0 })
      _ = try target.truth()
      #expect(target.wait() == 0)
    }

    /// A tracer of our own holds the main thread: whatever it does, it would do this long. The first signal can
    /// then not end the recording, the second ends the process.
    @Test(arguments: ["kernel", "stop", "read"])
    func aMainThreadThatDoesNotGetOn(_ way: String) throws {
      let target = try TestProgram(TestedPython.any(), "spinning.py", ["--seconds", "5"])
      try target.go()
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess(
        ["record", "-q", "-p", "\(target.pid)", "-o", output, "--capture", way])
      let deadline = Date().addingTimeInterval(20)
      while Date() < deadline, (try? Profile(recordedAt: output))?.samples.isEmpty != false {
        usleep(20_000)
      }
      let holder = Process()
      let line = Pipe()
      holder.executableURL = URL(fileURLWithPath: try TestedPython.any().path)
      holder.arguments = [TestProgram.path("hold_thread.py"), "\(hyflame.pid)"]
      holder.standardOutput = line
      try Watchdog.start(holder, seconds: 30)
      let said = String(decoding: line.fileHandleForReading.availableData, as: UTF8.self)
      #expect(said.hasPrefix("held"), "\(said)")
      let start = ContinuousClock.now
      hyflame.signal(SIGINT)
      usleep(100_000)
      #expect(hyflame.isRunning)
      hyflame.signal(SIGTERM)
      let result = hyflame.wait()
      holder.waitUntilExit()
      #expect(result.status == 130 && result.errors.hasPrefix("error: aborted"), "\(result)")
      #expect(ContinuousClock.now - start < .seconds(5))
      #expect(try !Profile(recordedAt: output).samples.isEmpty)
      #expect(ThreadStatus.all(of: target.pid).allSatisfy { !$0.isStopped && $0.tracer == 0 })
      _ = try target.truth()
      #expect(target.wait() == 0)
    }
  }
}
