import Foundation
import ProfileModel
import Support
import Testing

/// `hyflame record -- CMD`: the command is as if it had been started alone.
extension RealProcessTests {
  @Suite(.serialized) struct LaunchTests {
    private static let burnOneSecond =
      "import time\nstart = time.thread_time()\nwhile time.thread_time() - start < 1: pass\n"

    private func record(
      _ command: [String], _ options: [String] = []
    ) throws -> (result: HyflameProcess.Result, output: String) {
      let output = try temporaryPath("hyflame.data")
      let result = try HyflameProcess.run(
        ["record", "-q", "-o", output] + options + ["--"] + command)
      return (result, output)
    }

    @Test(arguments: [
      ("raise SystemExit(7)", Int32(7)),
      ("import os; os.kill(os.getpid(), 15)", 143),
      ("import os; os.kill(os.getpid(), 9)", 137),
      ("import os; os.kill(os.getpid(), 2)", 130),
    ])
    func exitStatus(_ source: String, _ status: Int32) throws {
      let program = Self.burnOneSecond.replacing("< 1:", with: "< 0.1:") + source
      let (result, output) = try record([TestedPython.any().path, "-c", program])
      #expect(result.status == status, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.ledger.isComplete)
    }

    /// An interpreter that is found while it starts says later which one it is.
    @Test(arguments: (8...13).map(TestedPython.version))
    func theVersionIsTheInterpretersOwn(_ python: TestedPython) throws {
      let path = try python.interpreter().path
      let program = Self.burnOneSecond.replacing("< 1:", with: "< 0.3:")
      let asked = Process()
      let answer = Pipe()
      asked.executableURL = URL(fileURLWithPath: path)
      asked.arguments = ["-c", "import platform; print(platform.python_version())"]
      asked.standardOutput = answer
      try asked.run()
      let version = String(
        decoding: answer.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      asked.waitUntilExit()
      for _ in 0..<4 {
        let profile = try Profile(recordedAt: record([path, "-c", program], ["-r", "500"]).output)
        #expect(profile.target.pythonVersion + "\n" == version)
        #expect(profile.processes.first?.pythonVersion == profile.target.pythonVersion)
      }
    }

    /// What runs in ld.so's first function, or still in the kernel's exec, has a whole stack.
    @Test func theFirstInstructionsAreNotTruncated() throws {
      var early = 0
      for _ in 0..<4 {
        let profile = try Profile(
          recordedAt: record([TestedPython.any().path, "-c", "pass"], ["-r", "10000"]).output)
        for sample in profile.running {
          let names = profile.names(of: sample)
          if names.contains("_dl_start") || names.contains("dl_main") { early += 1 }
          #expect(names.first != "[truncated: no unwind information]", "\(names)")
        }
      }
      #expect(early > 0)
    }

    /// A recording knows whether it is all that a launched command did: two such can be compared second
    /// by second.
    @Test func wholeRuns() throws {
      let program = Self.burnOneSecond.replacing("< 1:", with: "< 0.1:")
      let (result, output) = try record([TestedPython.any().path, "-c", program])
      #expect(result.status == 0, "\(result.errors)")
      let whole = try Profile(recordedAt: output)
      #expect(whole.recording.isWholeRun)
      #expect(whole.recording.startTime > 1_700_000_000_000_000_000)
      // The command goes on after the recording.
      let long = Self.burnOneSecond.replacing("< 1:", with: "< 2:")
      let (cut, part) = try record([TestedPython.any().path, "-c", long], ["-d", "0.3"])
      #expect(cut.errors == "")
      let recording = try Profile(recordedAt: part).recording
      #expect(recording.isLaunched && !recording.endsWithTarget)
    }

    /// Nobody knows what an attached target did before.
    @Test func attachedRecordingsAreNoWholeRuns() throws {
      let recorded = try Recorded(TestedPython.any(), "many_threads.py", rate: 100)
      #expect(!recorded.profile.recording.isLaunched && recorded.profile.recording.endsWithTarget)
    }

    /// Every way in which a process can end, also one that ends before there is anything to sample.
    @Test(arguments: [
      "return", "os_exit", "os_exit_in_thread", "exception", "signal", "sigkill", "abort",
      "daemon_threads",
    ])
    func endings(_ how: String) throws {
      for after in ["0", "0.05"] {
        let output = try temporaryPath("hyflame.data")
        let target = try TestProgram(
          TestedPython.any(), "exit_fast.py", ["--how", how, "--after", after],
          launcher: [HyflameProcess.path, "record", "-q", "-r", "1000", "-o", output, "--"])
        let truth = try target.run()
        let expected = try #require(truth["shell_status"] as? Int)
        #expect(target.wait() == Int32(expected))
        #expect(ThreadStatus.all(of: target.pid).isEmpty)
        let profile = try Profile(recordedAt: output)
        #expect(profile.ledger.isComplete)
        let burning = profile.running.filter { profile.names(of: $0).contains("burn") }
        #expect(after == "0" || profile.seconds(burning) > 0.03, "\(profile.seconds(burning)) s")
      }
    }

    /// Masks survive exec: whoever starts hyflame may have had every signal blocked, and its end is
    /// announced between its threads by one.
    @Test func endsWithEverySignalBlocked() throws {
      let blocking = """
        import os, signal, sys
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        os.execv(sys.argv[1], sys.argv[1:])
        """
      let output = try temporaryPath("hyflame.data")
      let start = ContinuousClock.now
      let hyflame = try HyflameProcess(
        ["record", "-q", "-d", "0.3", "-o", output, "--", TestedPython.any().path, "-c"]
          + [Self.burnOneSecond],
        launcher: [TestedPython.any().path, "-c", blocking])
      #expect(hyflame.wait().status == 0)
      #expect(ContinuousClock.now - start < .seconds(30))
    }

    /// A megabyte in is the same megabyte out.
    @Test func standardStreams() throws {
      var numbers = SeededNumbers(seed: 1)
      let input = Data((0..<(1 << 20)).map { _ in UInt8.random(in: 0...255, using: &numbers) })
      let output = try temporaryPath("hyflame.data")
      let source = "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
      let result = try HyflameProcess.run(
        ["record", "-q", "-o", output, "--", TestedPython.any().path, "-c", source], input: input)
      #expect(result.status == 0)
      #expect(result.output == input)
      #expect(result.errors.isEmpty)
    }

    /// The loader, the interpreter's start and the import of `site` come before the program. Where nobody
    /// is stopped an interpreter is through with all that before it is found.
    @Test(arguments: TestedPython.few, [Recorded.Way.auto, .stop])
    func startUp(_ python: TestedPython, _ way: Recorded.Way) throws {
      let (result, output) = try record(
        python.interpreter().command + ["-c", "pass"], ["-r", "5k", "--capture", way.rawValue])
      #expect(result.status == 0, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      let samples = profile.samples.filter { $0.cpu == .running }
      func modules(_ sample: Sample) -> Set<String> {
        Set(
          profile.functions(of: sample).filter { $0.module >= 0 }
            .map { profile.modules[Int($0.module)].name })
      }
      let loading = samples.filter { modules($0).contains { $0.hasPrefix("ld-linux") } }
      let importing = samples.filter { profile.names(of: $0).contains("_find_and_load") }
      let site = samples.filter { sample in
        profile.functions(of: sample).contains { $0.kind == .python && $0.file.contains("site") }
      }
      print(
        "start-up, \(python.name): \(samples.count) samples, \(loading.count) in the loader,"
          + " \(importing.count) importing, \(site.count) in site; \(profile.reasons(samples))")
      #expect(!loading.isEmpty)
      guard way == .stop else { return }
      #expect(!importing.isEmpty)
      #expect(!site.isEmpty)
    }

    /// `-d` ends the recording, not the command.
    @Test func durationEndsTheRecording() throws {
      let marker = try temporaryPath("finished")
      let source = Self.burnOneSecond + "open(\(String(reflecting: marker)), 'w').write('finished')"
      let (result, output) = try record(
        [TestedPython.any().path, "-c", source], ["-d", "0.4", "-r", "1000"])
      #expect(result.status == 0, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.ledger.isComplete)
      let seconds = Double(profile.recording.duration) / 1e9
      #expect(seconds > 0.3 && seconds < 0.8, "\(seconds) s")
      #expect(profile.running.count > 200)
      let deadline = Date().addingTimeInterval(10)
      while Date() < deadline, !FileManager.default.fileExists(atPath: marker) { usleep(10_000) }
      #expect(FileManager.default.fileExists(atPath: marker), "the command did not finish")
    }

    @Test(arguments: ["/no/such/command", "no-such-command-anywhere"])
    func missingCommand(_ command: String) throws {
      let (result, output) = try record([command, "-x"])
      #expect(result.status == 1)
      #expect(result.output.isEmpty)
      #expect(result.errors.isOneSentence(naming: command), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: output))
    }

    /// Ctrl-C on an attached recording: a complete file, and the target goes on.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func firstSignalEndsTheRecording(_ signal: Int32) throws {
      let target = try TestProgram(
        TestedPython.any(), "callheavy.py", ["--seconds", "1.5"])
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess.attach(to: target.pid, output: output, ["-r", "1000"])
      try target.go()
      usleep(600_000)
      hyflame.signal(signal)
      let result = hyflame.wait()
      #expect(result.status == 0, "\(result.errors)")
      #expect(ThreadStatus.all(of: target.pid).allSatisfy { $0.tracer == 0 && !$0.isStopped })
      let profile = try Profile(recordedAt: output)
      #expect(profile.ledger.isComplete)
      #expect(profile.running.count > 300)
      #expect(try target.truth()["cpu_s"] as! Double >= 1.5)
      #expect(target.wait() == 0)
    }

    /// Two at once: it gives up, and lets go of the target all the same.
    @Test func secondSignalAborts() throws {
      let target = try TestProgram(
        TestedPython.any(), "callheavy.py", ["--seconds", "2"])
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess.attach(to: target.pid, output: output, ["-r", "1000"])
      try target.go()
      usleep(1_300_000)
      // Stopped, it finds both when it continues.
      hyflame.signal(SIGSTOP)
      usleep(20_000)
      hyflame.signal(SIGINT)
      hyflame.signal(SIGTERM)
      hyflame.signal(SIGCONT)
      let result = hyflame.wait()
      #expect(result.status == 130, "\(result.errors)")
      #expect(ThreadStatus.all(of: target.pid).allSatisfy { $0.tracer == 0 && !$0.isStopped })
      // What was sampled until the last second, as it says.
      let profile = try Profile(recordedAt: output)
      #expect(!profile.ledger.isComplete)
      #expect(profile.running.count > 300)
      _ = try target.truth()
      #expect(target.wait() == 0)
    }
  }
}

extension String {
  /// True for `error: …` in one line that contains `word`.
  func isOneSentence(naming word: String) -> Bool {
    let lines = split(separator: "\n")
    return lines.count == 1 && hasPrefix("error: ") && contains(word)
  }
}
