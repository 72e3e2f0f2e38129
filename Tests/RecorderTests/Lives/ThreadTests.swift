import Foundation
import ProfileModel
import Support
import Testing

/// Threads that come and go, and threads that sleep.
extension RealProcessTests {
  @Suite(.serialized) struct ThreadTests {
    /// 1,000 threads of 5 ms each: their CPU time is seen, on the function that used it.
    @Test(arguments: TestedPython.few)
    func shortThreads(_ python: TestedPython) throws {
      let recorded = try Recorded(python.interpreter(), "threads_churn.py", rate: 2000)
      let profile = recorded.profile
      let truth = recorded.truth
      let tids = Set(try #require(truth["tids"] as? [Int]).map(Int32.init))
      let seconds = try #require(truth["cpu_s"] as? Double)
      let churning = profile.running.filter {
        tids.contains(profile.threads[Int($0.thread)].tid)
      }
      let known = Set(churning.map(\.thread))
      let named = churning.filter { profile.names(of: $0).contains("churn_work") }
      let found = profile.seconds(named)
      print(
        "churn, \(python.name): \(tids.count) threads, \(known.count) sampled, \(found) s recorded"
          + " of \(seconds) s, \(churning.count - named.count) of \(churning.count) samples outside"
          + " of churn_work, exact \(profile.share(exact: churning) * 100) %;"
          + " \(profile.reasons(churning))")
      #expect(truth["threads"] as? Int == 1000)
      #expect(Double(known.count) > 0.99 * Double(tids.count))
      // A thread's clock starts with it: of each thread's 5 ms, half a period (0.25 ms, 5 %) is lost on
      // average behind the last tick.
      #expect(abs(found / seconds - 1) < 0.08, "\(found) s recorded, \(seconds) s true")

      let whole = [
        "Thread._bootstrap", "Thread._bootstrap_inner", "Thread.run", "churn_work", "burn",
      ]
      for (stack, samples) in profile.samplesByPythonStack(churning) {
        guard stack.contains(where: { $0.name == "burn" }) else { continue }
        let exact = profile.count(.exact, samples)
        #expect(stack.map(\.name) == whole || exact == 0, "\(exact) exact samples")
      }
      #expect(profile.share(exact: named) > 0.98, "\(profile.reasons(named))")
    }

    /// Nobody who sleeps is woken, neither by the attach nor by the recording.
    @Test(arguments: TestedPython.few)
    func sleepersSleep(_ python: TestedPython) throws {
      let recorded = try Recorded(python.interpreter(), "many_threads.py")
      for phase in ["switches_while_attaching", "switches_while_recording"] {
        let switches = try #require(recorded.truth[phase] as? [String: Int])
        #expect(switches.count == 300)
        let woken = switches.filter { $0.value != 0 }
        #expect(woken.isEmpty, "\(phase): \(woken.count) threads")
      }
      #expect(recorded.truth["too_early"] as? Int == 0)
      let profile = recorded.profile
      let main = profile.running.filter { profile.names(of: $0).contains("busy_main") }
      let seconds = try #require(recorded.truth["cpu_s"] as? Double)
      #expect(abs(profile.seconds(main) / seconds - 1) < 0.05)
      #expect(profile.share(exact: main) > 0.98, "\(profile.reasons(main))")
    }

    /// Threads that start during the attach are traced already when they are found in the list.
    @Test func attachesWhileThreadsStart() throws {
      let target = try TestProgram(
        TestedPython.any(), "threads_churn.py",
        ["--threads", "1000000", "--alive", "4", "--seconds", "0"])
      try target.go()
      for _ in 0..<20 {
        let output = try temporaryPath("hyflame.data")
        let result = try HyflameProcess.run(
          ["record", "-q", "-p", "\(target.pid)", "-o", output, "-d", "0.1", "-r", "1000"])
        #expect(result.status == 0, "\(result.errors)")
      }
      #expect(target.isRunning)
    }

    /// From the start of `hyflame` to the first sample of a process with 300 threads.
    @Test func attachesToManyThreadsAtOnce() throws {
      let target = try TestProgram(TestedPython.any(), "many_threads.py", ["--seconds", "2"])
      let output = try temporaryPath("hyflame.data")
      // It works from the beginning: a sample can be had as soon as it is traced.
      try target.go()
      let start = Date().timeIntervalSince1970
      let hyflame = try HyflameProcess(
        ["record", "-p", "\(target.pid)", "-o", output, "-r", "1000"])
      _ = try target.truth()
      #expect(target.wait() == 0)
      #expect(hyflame.wait().status == 0)
      let profile = try Profile(recordedAt: output)
      let first = try #require(profile.samples.filter { $0.source == .userTick }.map(\.time).min())
      let latency = Double(profile.recording.startTime + first) / 1e9 - start
      print("attach, 300 threads: first sample after \(latency) s")
      #expect(latency > 0 && latency < 1)
    }
  }
}
