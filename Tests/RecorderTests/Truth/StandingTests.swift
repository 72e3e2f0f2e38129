import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

/// Threads that are off the CPU when they are attached to, and those that never come back to it.
extension RealProcessTests {
  @Suite(.serialized) struct StandingTests {
    /// A program of which nothing moves: each thread is there for the whole time, with its stack.
    @Test(arguments: TestedPython.all, [Recorded.Way.kernel, .stop])
    func hungProgram(_ python: TestedPython, _ way: Recorded.Way) throws {
      let target = try TestProgram(python.interpreter(), "standing.py")
      let before = Self.switchesAtRest(of: target)
      let profile = try Self.record(target, way, seconds: 1)
      // Nobody was woken to be looked at.
      #expect(Self.switches(of: target) == before)
      let places = try #require(target.ready["where"] as? [String: Int])
      for (function, tid) in places {
        let samples = profile.samples(of: tid)
        #expect(samples.allSatisfy { profile.names(of: $0).contains(function) }, "\(function)")
        #expect(samples.allSatisfy { $0.cpu == .blocked && $0.gil == .released })
        #expect((0.95...1.6).contains(profile.seconds(samples)), "\(function)")
      }
      #expect(profile.threads.count == places.count)
      // What is above the Python frames is native, and the kernel's where it may be seen.
      let kinds = Set(profile.samples.flatMap { profile.functions(of: $0).map(\.kind) })
      #expect(kinds.isSuperset(of: [.python, .native]))
      #expect(geteuid() != 0 || kinds.contains(.kernel))
      let share = profile.share(exact: profile.samples)
      print(
        "hung, \(python.name), \(way): \(share * 100) % exact; \(profile.reasons(profile.samples))")
      // Debian's 3.15 has eval loops whose frames are found by a register that nobody saves on the way into the kernel,
      // and that cannot be read without a stop: their outer native frames are missing, and that is said.
      let isNewest = profile.target.pythonVersion.hasPrefix("3.15")
      let unwound = profile.samples.filter {
        !isNewest || !profile.ledger.reasons[Int($0.reason)].hasPrefix("the native stack could not")
      }
      #expect(profile.share(exact: unwound) > 0.7, "\(profile.reasons(profile.samples))")
      #expect(!unwound.isEmpty)
      #expect(profile.threads.contains { $0.name == "four" })
      _ = try target.run()
      #expect(target.wait() == 0)
    }

    /// Who has the GIL, where the one who has it is asleep; and who waits for it.
    @Test(
      arguments: TestedPython.all.filter { !$0.name.hasSuffix("t") }, [Recorded.Way.kernel, .stop])
    func keptGil(_ python: TestedPython, _ way: Recorded.Way) throws {
      let target = try TestProgram(python.interpreter(), "standing.py", ["--keep-gil"])
      let profile = try Self.record(target, way, seconds: 1)
      let places = try #require(target.ready["where"] as? [String: Int])
      let keeper = profile.samples(of: try #require(places["keep_the_gil"]))
      #expect(keeper.allSatisfy { $0.cpu == .blocked && $0.gil == .held })
      #expect(keeper.allSatisfy { profile.names(of: $0).contains("keep_the_gil") })
      #expect((0.95...1.6).contains(profile.seconds(keeper)))
      let others = profile.samples(of: try #require(places["wanting_the_gil"]))
      let waiting = profile.seconds(others.filter { $0.gil == .waiting })
      print("kept GIL, \(python.name), \(way): the other waits for \(waiting) s")
      #expect(waiting > 0.8)
      _ = try target.run()
      #expect(target.wait() == 0)
    }

    /// From the attach to its first wake-up a thread is blocked; then it is what it is. All states of a thread
    /// together are its life within the recording.
    @Test(arguments: [Recorded.Way.kernel, .stop])
    func wholeLives(_ way: Recorded.Way) throws {
      let target = try TestProgram(TestedPython.any(), "standing.py", ["--seconds", "0.4"])
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess.attach(
        to: target.pid, output: output, ["-r", "1000", "--capture", way.rawValue])
      let start = Date()
      usleep(700_000)
      let truth = try target.run()
      #expect(target.wait() == 0)
      let life = Date().timeIntervalSince(start)
      let result = hyflame.wait()
      if way == .kernel, result.status == 3 { try Test.cancel("not permitted: \(result.errors)") }
      #expect(result.status == 0, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      let places = try #require(target.ready["where"] as? [String: Int])
      for (function, tid) in places {
        let total = profile.seconds(profile.samples(of: tid))
        // A thread that is stopped for its sample is in none of its states meanwhile.
        let stopped = way == .stop ? Double(profile.ledger.pauses.total) / 1e9 : 0
        let bar = 0.05 + 0.07 * life
        #expect(
          total > life - bar - stopped && total < life + bar, "\(function): \(total) s of \(life) s"
        )
      }
      let woken = profile.samples(of: try #require(places["woken"]))
      let blocked = profile.seconds(woken.filter { $0.cpu == .blocked && $0.gil == .released })
      #expect(blocked > 0.65 && blocked < life - 0.3, "\(blocked) s")
      let cpu = profile.seconds(woken.filter { $0.cpu == .running })
      let seconds = try #require(truth["cpu_s"] as? Double)
      #expect(abs(cpu - seconds) < 0.1, "\(cpu) s of \(seconds) s")
    }

    /// Children that wait when their parent is attached to.
    @Test(arguments: [Recorded.Way.kernel, .stop])
    func children(_ way: Recorded.Way) throws {
      let interpreter = try TestedPython.any()
      let program = TestProgram.path("standing.py")
      let words = (interpreter.command + [program]).map { "'\($0)'" }.joined(separator: ", ")
      let parent = try PythonTarget(
        interpreter,
        source: """
          import subprocess, sys
          child = subprocess.Popen([\(words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
          print(child.stdout.readline().decode(), end="", flush=True)
          sys.stdin.read(1)
          child.kill()
          """)
      defer { parent.resume() }
      struct Ready: Decodable {
        var pid: Int32
        var `where`: [String: Int]
      }
      let child = try parent.decode(Ready.self)
      let profile = try Self.record(pid: parent.pid, way, seconds: 1, options: ["-s"])
      for (function, tid) in child.where {
        let samples = profile.samples(of: tid)
        #expect(samples.allSatisfy { profile.names(of: $0).contains(function) }, "\(function)")
        #expect((0.9...1.6).contains(profile.seconds(samples)), "\(function)")
      }
      #expect(profile.processes.contains { $0.pid == child.pid && !$0.pythonVersion.isEmpty })
    }

    /// Workers that have run for long: their first samples are as good as all others.
    @Test(arguments: [Recorded.Way.kernel, .stop])
    func firstSamplesOfChildren(_ way: Recorded.Way) throws {
      let interpreter = try TestedPython.any()
      let parent = try PythonTarget(
        interpreter,
        source: """
          import subprocess, sys
          source = '''
          import os, threading, time
          def work():
              while True:
                  sum(range(20000))
                  time.sleep(0.03)
          for _ in range(10): threading.Thread(target=work, daemon=True).start()
          parent = os.getppid()
          print(threading.active_count(), flush=True)
          # Nobody else may be there to end it, and it would keep the test run's output open.
          while os.getppid() == parent: time.sleep(0.1)
          '''
          child = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE)
          child.stdout.readline()
          print(child.pid, flush=True)
          sys.stdin.read(1)
          """)
      defer { parent.resume() }
      let pid = try parent.decode(Int32.self)
      let profile = try Self.record(
        pid: parent.pid, way, seconds: 1.5, options: ["-s", "-r", "1000"])
      let samples = profile.samples.filter { profile.pid(of: $0) == pid }
      #expect(samples.count > 100)
      let reasons = profile.reasons(samples)
      print("children at the attach, \(way): \(samples.count) samples; \(reasons)")
      #expect(!reasons.contains("interpreter was not set up"), "\(reasons)")
      #expect(!reasons.contains("had not looked"), "\(reasons)")
    }

    /// An ordinary user is not shown time off the CPU, but where a program stands that does not move at all.
    @Test func hungProgramOfAnOrdinaryUser() throws {
      let user = try OrdinaryUser.required()
      let target = try user.start("standing.py", [])
      let output = user.path("hung.data")
      let result = try user.run(["record", "-p", "\(target.pid)", "-d", "1", "-o", output])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("note: CPU time only (not permitted to see the kernel or"))
      #expect(result.errors.contains("hyflame doctor -p \(target.pid) says how"))
      let profile = try Profile(recordedAt: output)
      #expect(profile.ledger.notes.contains { $0.hasPrefix("no thread used the CPU") })
      let places = try #require(target.ready["where"] as? [String: Int])
      for (function, tid) in places {
        let samples = profile.samples(of: tid)
        #expect(samples.allSatisfy { profile.names(of: $0).contains(function) }, "\(function)")
        #expect((0.9...1.6).contains(profile.seconds(samples)), "\(function)")
      }
      _ = try target.run()
      #expect(target.wait() == 0)
    }

    // MARK: -

    private static func record(
      _ target: TestProgram, _ way: Recorded.Way, seconds: Double
    ) throws -> Profile {
      try record(pid: target.pid, way, seconds: seconds)
    }

    private static func record(
      pid: Int32, _ way: Recorded.Way, seconds: Double, options: [String] = []
    ) throws -> Profile {
      let output = try temporaryPath("hyflame.data")
      let result = try HyflameProcess.run(
        ["record", "-q", "-p", "\(pid)", "-d", "\(seconds)", "-o", output]
          + ["--capture", way.rawValue] + options)
      if way == .kernel, result.status == 3 { try Test.cancel("not permitted: \(result.errors)") }
      #expect(result.status == 0, "\(result.errors)")
      return try Profile(recordedAt: output)
    }

    /// The same once it has not changed for a while: its threads reach where they wait after it says so.
    private static func switchesAtRest(of target: TestProgram) -> [String: Substring] {
      var before = switches(of: target)
      for _ in 0..<100 {
        usleep(100_000)
        let now = switches(of: target)
        if now == before { break }
        before = now
      }
      return before
    }

    /// How often each thread has come onto a CPU.
    private static func switches(of target: TestProgram) -> [String: Substring] {
      let directory = "/proc/\(target.pid)/task"
      let tasks = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      var counts: [String: Substring] = [:]
      for task in tasks {
        let text = try? String(contentsOfFile: "\(directory)/\(task)/schedstat", encoding: .utf8)
        counts[task] = text?.split(separator: " ").last ?? ""
      }
      return counts
    }
  }
}

extension Profile {
  func samples(of tid: Int) -> [Sample] {
    samples.filter { Int(threads[Int($0.thread)].tid) == tid }
  }
}
