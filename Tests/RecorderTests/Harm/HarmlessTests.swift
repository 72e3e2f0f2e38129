import Foundation
import ProfileModel
import Support
import Testing

/// Programs that would notice if a recorder broke something of theirs.
extension RealProcessTests {
  @Suite(.serialized, .tags(.firstFailureCounts)) struct HarmlessTests {
    /// Genuine signals arrive, as many as were sent and none besides, whichever of the signals that
    /// a recorder might use the program uses itself.
    @Test(arguments: [
      (caught: "", canStop: true), ("SIGURG", true), ("SIGURG,SIGWINCH", true),
      // Nothing is left that could stop a thread: perf copies what a stop would have read.
      ("SIGURG,SIGWINCH,SIGCHLD,SIGCONT", false),
    ])
    func signals(_ caught: String, _ canStop: Bool) throws {
      let recorded = try Recorded(
        TestedPython.any(), "signals.py", ["--catch", caught], way: .stop)
      let wrong = try #require(recorded.truth["wrong"] as? [String])
      #expect(wrong.isEmpty)
      #expect(recorded.truth["ok"] as? Bool == true)
      let profile = recorded.profile
      let burning = profile.running.filter { profile.names(of: $0).contains("burn") }
      print(
        "signals, \(caught): \(burning.count) samples of \(profile.ledger.expectedSamples),"
          + " sent \(recorded.truth["sent"] ?? "?"); \(profile.ledger.notes)")
      let expected = Double(profile.ledger.expectedSamples)
      #expect(Double(burning.count) > 0.7 * expected, "\(burning.count) of \(expected)")
      guard !canStop else { return }
      #expect(profile.ledger.notes.contains { $0.contains("read without a stop") })
      #expect(burning.contains { $0.source == .unstopped })
    }

    /// No system call fails because a thread was stopped, while signals that are the program's own
    /// arrive in another thread: ten seconds at 1 kHz, and two more of stops at 4 kHz.
    @Test(arguments: [
      (way: Recorded.Way.stop, rate: 1000, seconds: 6), (.kernel, 1000, 4), (.stop, 4000, 2),
    ])
    func interruptedCalls(_ way: Recorded.Way, _ rate: Int, _ seconds: Int) throws {
      let signals = 200 * seconds
      let recorded = try Recorded(
        TestedPython.any(), "eintr_loop.py",
        ["--seconds", "\(seconds)", "--signals", "\(signals)"], rate: rate, way: way)
      let calls = try #require(recorded.truth["calls"] as? [String: Int])
      let interrupted = try #require(recorded.truth["eintr"] as? [String: Int])
      print(
        "eintr, \(way), \(rate) Hz: \(calls), EINTR \(interrupted.values.reduce(0, +)),"
          + " \(recorded.truth["signals"] ?? "?") signals")
      #expect(calls.count == 9 && calls.values.allSatisfy { $0 > 5 * seconds }, "\(calls)")
      #expect(interrupted.count == 9 && interrupted.values.allSatisfy { $0 == 0 }, "\(interrupted)")
      #expect((recorded.truth["unexpected"] as? [Any])?.isEmpty == true)
      #expect(recorded.truth["signals"] as? Int == 3 * signals)
      #expect(recorded.truth["wrong"] as? [String] == [])
      let profile = recorded.profile
      #expect(profile.samples.filter { $0.source == .userTick }.count > 50 * seconds)
      if way == .stop { #expect(profile.ledger.pauses.count > 50 * Int64(seconds)) }
    }

    /// Signals that come while their thread is sampled pass by the tracer in order and with their
    /// siginfo, and the terminal's stop and continue keep their meaning.
    @Test(arguments: [Recorded.Way.stop, .kernel])
    func queuedSignals(_ way: Recorded.Way) throws {
      let recorded = try Recorded(
        TestedPython.any(), "queued_signals.py", ["--count", "1500", "--stops", "4"], way: way)
      print(
        "queued signals, \(way): \(recorded.truth["received"] ?? "?") received,"
          + " \(recorded.profile.running.count) samples")
      #expect(recorded.truth["wrong"] as? [String] == [])
      #expect(recorded.truth["received"] as? Int == 4500)
      #expect(recorded.profile.running.count > 200)
    }

    /// A program that replaces itself by another one is recorded before and after.
    @Test(arguments: TestedPython.few, [[], ["--from-thread"]])
    func exec(_ python: TestedPython, _ arguments: [String]) throws {
      let recorded = try Recorded(
        python.interpreter(), "exec_again.py", ["--seconds", "0.5"] + arguments)
      let profile = recorded.profile
      let functions = try #require(recorded.truth["functions"] as? [String])
      let seconds = try #require(recorded.truth["cpu_s"] as? [Double])
      for (function, seconds) in zip(functions, seconds) {
        let samples = profile.running.filter { profile.names(of: $0).contains(function) }
        let found = profile.seconds(samples)
        print("exec, \(python.name) \(arguments), \(function): \(found) s recorded of \(seconds) s")
        #expect(abs(found / seconds - 1) < 0.1, "\(function): \(found) s, \(seconds) s true")
      }
    }

    /// Children run as if nobody watched, and are not in the recording.
    @Test(arguments: [[], ["--from-thread"]])
    func children(_ arguments: [String]) throws {
      let recorded = try Recorded(
        TestedPython.any(), "fork_children.py", ["--seconds", "0.5"] + arguments)
      let children = try #require(recorded.truth["children"] as? [[String: Any]])
      #expect(children.count == 6)
      for child in children {
        #expect(child["tracer_at_start"] as? Int == 0)
        #expect(child["tracer_at_end"] as? Int == 0)
        #expect(child["switches"] as? Int == 0)
        #expect(child["exit_status"] as? Int == recorded.truth["exit_status"] as? Int)
      }
      let profile = recorded.profile
      let names = Set(profile.functions.map(\.name))
      #expect(!names.contains("child_work"))
      let own = profile.running.filter { profile.names(of: $0).contains("parent_work") }
      let seconds = try #require(recorded.truth["cpu_s"] as? Double)
      #expect(abs(profile.seconds(own) / seconds - 1) < 0.1, "\(profile.seconds(own)) s")
      #expect(Set(profile.threads.map(\.pid)) == [profile.target.pid])
    }

    /// Families of other kinds, too: each process runs as if nobody watched, and ends as it would.
    @Test(
      arguments: [
        ["--how", "pool", "--method", "fork"], ["--how", "pool", "--method", "spawn"],
        ["--how", "prefork"], ["--how", "storm", "--seconds", "1.5"], ["--how", "exec"],
      ])
    func families(_ how: [String]) throws {
      let recorded = try Recorded(
        TestedPython.any(), "processes.py", how + (how[1] == "storm" ? [] : ["--seconds", "0.2"]))
      let truth = recorded.truth
      switch how[1] {
      case "storm":
        #expect((truth["trues"] as? Int ?? 0) > 50 && (truth["pythons"] as? Int ?? 0) > 0)
        #expect(truth["traced"] as? Int == 0 && truth["wrong"] as? Int == 0)
      case "exec":
        #expect(truth["status"] as? Int == 0)
        for key in ["before", "after"] {
          #expect((truth[key] as? [String: Any])?["tracer"] as? Int == 0)
        }
      default:
        let workers = try #require(truth["workers"] as? [[String: Any]])
        #expect(!workers.isEmpty && workers.allSatisfy { $0["tracer"] as? Int == 0 })
        if how[1] == "prefork" { #expect(truth["statuses"] as? [Int] == [15, 15, 15]) }
      }
      let profile = recorded.profile
      #expect(Set(profile.threads.map(\.pid)) == [profile.target.pid])
      #expect(profile.processes.count == 1)
      let names = Set(profile.functions.map(\.name))
      #expect(names.isDisjoint(with: ["pool_work", "handle_request", "before_exec", "other_work"]))
    }

    /// SIGKILL gives the recorder no chance to let go: the kernel must, at any instant.
    @Test func killedRecorder() throws {
      var instants = SeededNumbers(seed: 20)
      let target = try TestProgram(
        TestedPython.any(), "known_mix/known_mix.py",
        [
          "--threads", "4", "--python", "20", "--held", "10", "--released", "20", "--slices", "50",
          "--sleep", "0.4",
        ])
      try target.go()
      var readable = 0
      for _ in 0..<20 {
        let output = try temporaryPath("hyflame.data")
        let hyflame = try HyflameProcess.attach(to: target.pid, output: output, ["-r", "2000"])
        let wait = Double.random(in: 0.01...1.4, using: &instants)
        usleep(UInt32(wait * 1e6))
        hyflame.signal(SIGKILL)
        #expect(hyflame.wait().status == 137)
        Self.expectUntouched(target.pid)
        // Half a second more than the interval at which what was sampled is written.
        guard let profile = try? Profile(recordedAt: output) else {
          #expect(wait < 1.2, "nothing can be read of a recording of \(wait) s")
          continue
        }
        readable += 1
        #expect(!profile.ledger.isComplete)
      }
      print("killed: 20 recorders, \(readable) recordings readable")
      #expect(readable > 0)
      let truth = try target.truth()
      #expect((truth["threads"] as? [Any])?.count == 4)
      #expect(target.wait() == 0)
    }

    /// Every thread runs or sleeps, nobody traces it, and the process gets on with its work.
    private static func expectUntouched(_ pid: Int32) {
      let before = ThreadStatus.all(of: pid)
      #expect(before.count >= 4)
      #expect(before.allSatisfy { !$0.isStopped && $0.tracer == 0 })
      let used = before.reduce(0) { $0 + $1.cpu }
      let deadline = Date().addingTimeInterval(2)
      var after = before
      // All of its threads may be asleep now, or others have the CPU.
      repeat {
        usleep(10_000)
        after = ThreadStatus.all(of: pid)
      } while after.reduce(0, { $0 + $1.cpu }) <= used && Date() < deadline
      #expect(after.reduce(0) { $0 + $1.cpu } > used, "the target does not work any more")
      #expect(after.allSatisfy { !$0.isStopped && $0.tracer == 0 })
    }
  }
}
