import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

/// Processes that have ended in part, have ended and are not reaped, or are stopped.
extension RealProcessTests {
  @Suite(.serialized) struct EndedTests {
    /// The first thread has ended: memory, maps and files are those of another one.
    @Test(arguments: TestedPython.few, ["kernel", "stop", "read"])
    func attachesWithoutFirstThread(_ python: TestedPython, _ way: String) throws {
      let target = try TestProgram(python.interpreter(), "leaderless.py")
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess([
        "record", "-q", "-p", "\(target.pid)", "-o", output, "-r", "500", "--capture", way,
      ])
      let worker = try #require(target.ready["worker"] as? Int)
      try Self.waitUntilRecorded(target.pid, worker, by: hyflame, way, output)
      let truth = try target.run()
      #expect(target.wait() == 7)
      let result = hyflame.wait()
      if way == "kernel", result.status == 3 { try Test.cancel("not permitted: \(result.errors)") }
      #expect(result.status == 0, "\(result.errors)")
      try Self.expectWork(Profile(recordedAt: output), worker, truth, way)
    }

    @Test(arguments: ["kernel", "stop", "read"])
    func launchedLosesFirstThread(_ way: String) throws {
      let interpreter = try TestedPython.any()
      let output = try temporaryPath("hyflame.data")
      let target = try TestProgram(
        interpreter, "leaderless.py",
        launcher: [
          HyflameProcess.path, "record", "-q", "-o", output, "-r", "500", "--capture", way, "--",
        ])
      let worker = try #require(target.ready["worker"] as? Int)
      let truth = try target.run()
      let status = target.wait()
      if way == "kernel", status == 3 { try Test.cancel("not permitted") }
      #expect(status == 7)
      try Self.expectWork(Profile(recordedAt: output), worker, truth, way)
    }

    private static func expectWork(
      _ profile: Profile, _ worker: Int, _ truth: [String: Any], _ way: String
    ) throws {
      let running = profile.samples(of: worker).filter { $0.cpu == .running }
      let seconds = try #require(truth["cpu_s"] as? Double)
      let work = running.filter { profile.names(of: $0).contains("burn") }
      print("without first thread, \(way): \(profile.seconds(work)) s of \(seconds) s")
      #expect(abs(profile.seconds(work) / seconds - 1) < 0.12)
      let held = profile.seconds(work.filter { $0.gil == .held })
      #expect(held > 0.95 * profile.seconds(work))
      guard way != "read" else { return }
      let sampled = way == "stop" ? work.filter { $0.source == .userTick } : work
      #expect(profile.share(exact: sampled) > 0.95, "\(profile.reasons(sampled))")
    }

    /// Waits until the thread is traced or, where nobody traces, until its file was there for a while.
    private static func waitUntilRecorded(
      _ pid: Int32, _ tid: Int, by hyflame: HyflameProcess, _ way: String, _ output: String
    ) throws {
      let deadline = Date().addingTimeInterval(10)
      func isReady() -> Bool {
        guard way == "read" else {
          let path = "/proc/\(pid)/task/\(tid)/status"
          let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
          return status.contains("TracerPid:\t\(hyflame.pid)")
            || status.contains("TracerPid:\t") && !status.contains("TracerPid:\t0\n")
        }
        return FileManager.default.fileExists(atPath: output)
      }
      while Date() < deadline, hyflame.isRunning, !isReady() { usleep(2000) }
      if way == "read" { usleep(700_000) }
    }

    /// A zombie has ended, whatever `/proc` shows of it; permissions have nothing to do with it.
    @Test func zombie() throws {
      let parent = try PythonTarget(
        TestedPython.any(),
        source: """
          import os, sys, time
          child = os.fork()
          if child == 0: os._exit(0)
          while open("/proc/%d/stat" % child).read().rsplit(")", 1)[1].split()[0] != "Z": time.sleep(0.001)
          print(child, flush=True)
          sys.stdin.read(1)
          """)
      let pid = try parent.decode(Int32.self)
      let sentence =
        "process \(pid) has ended (it is a zombie that its parent PID \(parent.pid) has not reaped)"
      for way in ["auto", "kernel", "stop", "read"] {
        let output = try temporaryPath("hyflame.data")
        let result = try HyflameProcess.run([
          "record", "-p", "\(pid)", "-d", "1", "-o", output, "--capture", way,
        ])
        if way == "kernel", result.status == 3 { continue }
        #expect(result.status == 4, "\(result.errors)")
        #expect(result.errors.contains(sentence), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: output))
      }
      let doctor = try HyflameProcess.run(["doctor", "-p", "\(pid)"])
      #expect(doctor.status == 4)
      #expect(doctor.output.contains("has ended (it is a zombie that its parent PID \(parent.pid)"))
    }

    /// A target that ends and is never reaped, as its parent does something else.
    @Test(arguments: ["stop", "read"])
    func endsWithoutBeingReaped(_ way: String) throws {
      let parent = try PythonTarget(
        TestedPython.any(),
        source: """
          import os, sys
          reading, writing = os.pipe()
          child = os.fork()
          if child == 0:
              os.close(writing)
              os.set_blocking(reading, False)
              while True:
                  sum(range(1000))
                  try:
                      os.read(reading, 1)
                      os._exit(0)
                  except BlockingIOError: pass
          print(child, flush=True)
          sys.stdin.read(1)
          os.write(writing, b"x")
          sys.stdin.read(1)
          """)
      let pid = try parent.decode(Int32.self)
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess([
        "record", "-p", "\(pid)", "-o", output, "--capture", way,
      ])
      try Self.waitUntilRecorded(pid, Int(pid), by: hyflame, way, output)
      usleep(700_000)
      parent.resume()
      let result = hyflame.wait()
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("the target ended; "), "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.seconds(profile.samples) > 0.05)
    }

    /// Stopped before it is attached to: it is shown where it stands, it is said, and it stays stopped.
    @Test(arguments: ["kernel", "stop", "read"])
    func stoppedBefore(_ way: String) throws {
      let target = try TestProgram(TestedPython.any(), "spinning.py", ["--seconds", "1"])
      try target.go()
      usleep(200_000)
      kill(target.pid, SIGSTOP)
      Self.waitUntilStopped(target.pid)
      let output = try temporaryPath("hyflame.data")
      let result = try HyflameProcess.run([
        "record", "-p", "\(target.pid)", "-d", "1", "-o", output, "--capture", way,
      ])
      if way == "kernel", result.status == 3 { try Test.cancel("not permitted: \(result.errors)") }
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        result.errors.contains("the process is stopped (state T)")
          && result.errors.contains("kill -CONT \(target.pid)"), "\(result.errors)")
      #expect(ThreadStatus.all(of: target.pid).allSatisfy { $0.state == "T" && $0.tracer == 0 })
      let profile = try Profile(recordedAt: output)
      for function in ["spin", "join"] {
        // From 3.11 on names are qualified.
        let samples = profile.samples.filter {
          profile.names(of: $0).contains { $0.split(separator: ".").last == function[...] }
        }
        #expect(samples.allSatisfy { $0.cpu == .blocked })
        #expect(
          (0.9...1.6).contains(profile.seconds(samples)), "\(function), \(profile.reasons(samples))"
        )
      }
      let doctor = try HyflameProcess.run(["doctor", "-p", "\(target.pid)"])
      #expect(doctor.output.contains("stopped by job control (state T)"), "\(doctor.output)")
      kill(target.pid, SIGCONT)
      _ = try target.truth()
      #expect(target.wait() == 0)
    }

    /// Stopped by job control while it is recorded: time off the CPU as any other.
    @Test(arguments: ["kernel", "stop", "read"])
    func stoppedMeanwhile(_ way: String) throws {
      let target = try TestProgram(TestedPython.any(), "spinning.py", ["--seconds", "2.5"])
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess([
        "record", "-q", "-p", "\(target.pid)", "-o", output, "--capture", way,
      ])
      let deadline = Date().addingTimeInterval(5)
      while Date() < deadline, hyflame.isRunning, !FileManager.default.fileExists(atPath: output) {
        usleep(5000)
      }
      usleep(700_000)
      try target.go()
      usleep(300_000)
      let stopped = Date()
      kill(target.pid, SIGSTOP)
      Self.waitUntilStopped(target.pid)
      usleep(1_000_000)
      kill(target.pid, SIGCONT)
      let seconds = Date().timeIntervalSince(stopped)
      _ = try target.truth()
      #expect(target.wait() == 0)
      let result = hyflame.wait()
      if way == "kernel", result.status == 3 { try Test.cancel("not permitted: \(result.errors)") }
      #expect(result.status == 0, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      let samples = profile.samples.filter {
        profile.names(of: $0).contains("spin") && $0.cpu == .blocked
      }
      print("stopped for \(seconds) s, \(way): \(profile.seconds(samples)) s blocked")
      #expect(abs(profile.seconds(samples) / seconds - 1) < 0.1, "\(profile.reasons(samples))")
    }

    private static func waitUntilStopped(_ pid: Int32) {
      let deadline = Date().addingTimeInterval(5)
      while Date() < deadline, !ThreadStatus.all(of: pid).allSatisfy(\.isStopped) { usleep(1000) }
    }
  }
}
