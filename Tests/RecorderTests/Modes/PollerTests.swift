import Foundation
import ProfileModel
import Support
import Testing

/// `--capture read`: nobody is stopped or traced, no system call interrupted, and what is read of
/// programs that run is what was.
extension RealProcessTests {
  @Suite(.serialized) struct PollerTests {
    @Test func interruptsNothing() throws {
      let target = try TestProgram(TestedPython.any(), "eintr_loop.py", ["--seconds", "5"])
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess([
        "record", "-q", "-p", "\(target.pid)", "-o", output, "-r", "1000", "--capture", "read",
      ])
      usleep(500_000)
      try target.go()
      usleep(1_000_000)
      #expect(ThreadStatus.all(of: target.pid).allSatisfy { $0.tracer == 0 && !$0.isStopped })
      let truth = try target.truth()
      #expect(target.wait() == 0 && hyflame.wait().status == 0)
      let interrupted = try #require(truth["eintr"] as? [String: Int])
      #expect(interrupted.count == 9 && interrupted.values.allSatisfy { $0 == 0 })
      let profile = try Profile(recordedAt: output)
      // Two threads that wait most of the time, for five seconds.
      let blocked = profile.samples.filter { $0.cpu == .blocked }
      #expect(profile.seconds(blocked) > 5)
      #expect(profile.samples.allSatisfy { $0.source == .unstopped })
    }

    /// A stack of two instants would have a caller and a callee that never met.
    @Test(arguments: TestedPython.all)
    func pairsOfCalls(_ python: TestedPython) throws {
      let profile = try read(python.interpreter(), "callheavy.py", ["--seconds", "1.5"])
      let pairs = try #require(profile.ready["pairs"] as? [[String]])
      let known = Set(pairs)
      var steady = 0
      var wrong = 0
      var wrongUnsteady = 0
      for sample in profile.recording.running {
        let names = profile.recording.names(of: sample)
        guard let work = names.lastIndex(of: "work") else { continue }
        let own = names[work...].filter { name in
          ["work", "walk_", "leaf_", "key_of", "combine", "produce"].contains {
            name.hasPrefix($0)
          }
        }
        let isWrong = zip(own, own.dropFirst()).contains { !known.contains([$0, $1]) }
        if sample.merge == .partial {
          if isWrong { wrongUnsteady += 1 }
        } else {
          steady += 1
          if isWrong { wrong += 1 }
        }
      }
      print(
        "read, \(python.name): \(steady) steady samples, \(wrong) wrong;"
          + " of the others \(wrongUnsteady) wrong")
      // Few on a machine that others keep busy.
      #expect(steady > 100)
      #expect(Double(wrong) <= 2 + 0.01 * Double(steady))
    }

    /// One that lives for less than 20 ms is met by chance only: what it used has no sample, and is due all the same.
    @Test func shortThreadsAreDue() throws {
      let recorded = try Recorded(TestedPython.any(), "short_lives.py", rate: 100, way: .read)
      let used = try #require(recorded.truth["cpu_s"] as? Double)
      let ledger = recorded.profile.ledger
      #expect(abs(Double(ledger.expectedSamples) / 100 - used) < 0.15 * used + 0.1)
      #expect(ledger.notes.contains { $0.contains("of CPU time have no samples") })
    }

    /// A program with the rhythm of the looks: what comes early in a period counts as much as what comes late.
    @Test func rhythm() throws {
      let recorded = try Recorded(TestedPython.any(), "rhythm.py", rate: 100, way: .read)
      let profile = recorded.profile
      for (key, function) in [("short_s", "wait_short"), ("long_s", "wait_long")] {
        let truth = try #require(recorded.truth[key] as? Double)
        let found = profile.seconds(
          profile.samples.filter { profile.names(of: $0).contains(function) })
        // Of 600 looks; three standard deviations.
        #expect(abs(found - truth) < 0.34, "\(function): \(found) of \(truth) s")
      }
    }

    /// Of hundreds that are ready at the same time as many run as there are CPUs.
    @Test func wokenAtOnce() throws {
      let recorded = try Recorded(TestedPython.any(), "herd.py", rate: 100, way: .read)
      let truth = try #require(recorded.truth["cpu_s"] as? Double)
      let found = recorded.profile.seconds(recorded.profile.running)
      #expect(found < 1.3 * truth + 0.1, "\(found) of \(truth) s")
    }

    /// An exec, threads that come and go, the end: without events nobody tells of them.
    @Test func execIsNoticed() throws {
      let profile = try read(TestedPython.any(), "exec_again.py", ["--seconds", "0.6"])
      let functions = try #require(profile.truth["functions"] as? [String])
      let seconds = try #require(profile.truth["cpu_s"] as? [Double])
      for (function, seconds) in zip(functions, seconds) {
        let found = profile.recording.seconds(
          profile.recording.running.filter {
            profile.recording.names(of: $0).contains(function)
          })
        #expect(abs(found / seconds - 1) < 0.3, "\(function): \(found) s of \(seconds) s")
      }
    }

    @Test func launches() throws {
      let output = try temporaryPath("hyflame.data")
      let interpreter = try TestedPython.any()
      let result = try HyflameProcess.run(
        ["record", "-q", "-o", output, "--capture", "read", "--"] + interpreter.command
          + ["-c", "import sys\nfor i in range(3_000_000): pass\nsys.exit(7)"])
      #expect(result.status == 7, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.running.contains { profile.names(of: $0).contains("<module>") })
    }

    // MARK: -

    private struct Read {
      var recording: Profile
      var ready: [String: Any]
      var truth: [String: Any]
    }

    private func read(
      _ interpreter: Interpreter, _ program: String, _ arguments: [String]
    ) throws -> Read {
      let target = try TestProgram(interpreter, program, arguments)
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess([
        "record", "-q", "-p", "\(target.pid)", "-o", output, "-r", "1000", "--capture", "read",
      ])
      usleep(700_000)
      let truth = try target.run()
      #expect(target.wait() == 0)
      let result = hyflame.wait()
      #expect(result.status == 0, "\(result.errors)")
      return Read(
        recording: try Profile(recordedAt: output), ready: target.ready, truth: truth)
    }
  }
}
