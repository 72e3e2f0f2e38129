import Foundation
import ProfileModel
import Support
import Testing

/// Whatever becomes of the recorder, the target runs on.
extension RealProcessTests {
  @Suite(.serialized) struct SurvivalTests {
    private static func steady(seconds: Int) throws -> TestProgram {
      let target = try TestProgram(TestedPython.any(), "steady.py", ["--seconds", "\(seconds)"])
      try target.go()
      return target
    }

    /// The target's own verdict, once it has ended.
    private static func expectUnharmed(_ target: TestProgram) throws {
      let truth = try target.truth()
      let wrong = try #require(truth["wrong"] as? [String: Int])
      let rounds = try #require(truth["rounds"] as? [String: Int])
      #expect(wrong.values.allSatisfy { $0 == 0 }, "\(wrong)")
      #expect(rounds.count == 4 && rounds.values.allSatisfy { $0 > 50 }, "\(rounds)")
      #expect(target.wait() == 0)
    }

    /// Nobody is stopped, and nobody traces.
    private static func expectFree(_ pid: Int32, _ what: String) {
      let threads = ThreadStatus.all(of: pid)
      #expect(threads.count >= 4)
      #expect(threads.allSatisfy { !$0.isStopped && $0.tracer == 0 }, "after \(what): \(threads)")
    }

    /// Killed at any instant, from the first of its life on, in all ways of taking samples.
    @Test(arguments: [[SIGKILL, 200], [SIGSEGV, 12]])
    func killedAtAnyInstant(_ how: [Int32]) throws {
      var instants = SeededNumbers(seed: 5)
      let seconds = how[1] == 200 ? 62 : 6
      let target = try Self.steady(seconds: seconds)
      let deadline = Date().addingTimeInterval(Double(seconds) - 3)
      var (kills, recordings, readable, empty) = (0, 0, 0, 0)
      while kills < how[1], Date() < deadline {
        let output = try temporaryPath("hyflame.data")
        let way = ["kernel", "stop"][kills % 2]
        let family = kills % 4 < 2 ? ["-s"] : []
        let options = ["-r", "4000", "--capture", way] + family
        // Some in its first moments, the others while it samples.
        let hyflame =
          kills % 3 == 0
          ? try HyflameProcess(["record", "-q", "-p", "\(target.pid)", "-o", output] + options)
          : try HyflameProcess.attach(to: target.pid, output: output, options)
        usleep(UInt32(Double.random(in: 0...0.25, using: &instants) * 1e6))
        hyflame.signal(how[0])
        _ = hyflame.wait()
        Self.expectFree(target.pid, "signal \(how[0]) in way \(way)")
        kills += 1
        guard FileManager.default.fileExists(atPath: output) else { continue }
        recordings += 1
        guard let profile = try? Profile(recordedAt: output) else { continue }
        readable += 1
        if profile.samples.isEmpty { empty += 1 }
      }
      print(
        "killed by \(how[0]): \(kills) recorders, \(recordings) files, \(readable) readable,"
          + " \(empty) of them without samples")
      #expect(Int32(kills) >= how[1] / 2)
      #expect(Double(readable) >= 0.95 * Double(recordings))
      try Self.expectUnharmed(target)
    }

    /// Ctrl-Z: the target is let go, runs on, and is recorded again after `fg`.
    @Test(arguments: [Recorded.Way.stop, .kernel])
    func suspended(_ way: Recorded.Way) throws {
      let target = try Self.steady(seconds: 6)
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess.attach(
        to: target.pid, output: output, ["-r", "1000", "--capture", way.rawValue])
      usleep(1_000_000)
      hyflame.signal(SIGTSTP)
      #expect(Self.waits { ThreadStatus.all(of: hyflame.pid).allSatisfy(\.isStopped) })
      let before = Self.cpu(of: target.pid)
      for _ in 0..<20 {
        Self.expectFree(target.pid, "Ctrl-Z")
        usleep(50_000)
      }
      #expect(Self.cpu(of: target.pid) > before + 20, "the target does not work")
      hyflame.signal(SIGCONT)
      #expect(Self.waits { ThreadStatus.all(of: target.pid).allSatisfy { $0.tracer != 0 } })
      try Self.expectUnharmed(target)
      let result = hyflame.wait()
      #expect(result.status == 0, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.ledger.isComplete)
      #expect(Set(profile.threads.map(\.tid)).count == profile.threads.count)
      #expect(profile.processes.count == 1)
      let times = profile.running.map { Double($0.time) / 1e9 }
      let longest = zip(times.sorted(), times.sorted().dropFirst()).map { $1 - $0 }.max() ?? 0
      print("suspended, \(way): \(times.count) samples, none for \(longest) s")
      #expect(longest > 0.8 && longest < 2.5)
      #expect(times.count > 2000)
    }

    /// Waits up to five seconds.
    private static func waits(_ condition: () -> Bool) -> Bool {
      let deadline = Date().addingTimeInterval(5)
      while Date() < deadline {
        if condition() { return true }
        usleep(10_000)
      }
      return false
    }

    private static func cpu(of pid: Int32) -> Int {
      ThreadStatus.all(of: pid).reduce(0) { $0 + $1.cpu }
    }

    /// A file system that fills up: the target does not notice, and what was written can be read.
    @Test func fullDisk() throws {
      let directory = try temporaryPath("disk")
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      guard Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=32k", "tmpfs", directory]) == 0
      else { try Test.cancel("no file system can be mounted here: a full disk is not tested") }
      defer { _ = Self.run("/bin/umount", ["-l", directory]) }
      let target = try Self.steady(seconds: 4)
      let hyflame = try HyflameProcess.attach(
        to: target.pid, output: directory + "/a.data", ["-r", "4000", "-d", "2.5"])
      let result = hyflame.wait()
      #expect(result.status == 1)
      #expect(result.errors.isOneSentence(naming: "a.data"), "\(result.errors)")
      Self.expectFree(target.pid, "a full disk")
      #expect(try !Profile(recordedAt: directory + "/a.data").ledger.isComplete)
      try Self.expectUnharmed(target)
    }

    /// Nobody reads what it says.
    @Test func closedPipe() throws {
      let target = try Self.steady(seconds: 3)
      let output = try temporaryPath("hyflame.data")
      let command =
        "'\(HyflameProcess.path)' record -p \(target.pid) -o '\(output)' -d 1.2 -r 1000 2>&1 | true"
      #expect(Self.run("/bin/sh", ["-c", command]) == 0)
      #expect(Self.waits { (try? Profile(recordedAt: output).ledger.isComplete) == true })
      Self.expectFree(target.pid, "a closed pipe")
      try Self.expectUnharmed(target)
    }

    private static func run(_ path: String, _ arguments: [String]) -> Int32 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = arguments
      do { try process.run() } catch { return -1 }
      process.waitUntilExit()
      return process.terminationStatus
    }
  }
}
