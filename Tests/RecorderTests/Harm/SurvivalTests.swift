import Foundation
import ProfileModel
import Support
import Testing

/// Whatever becomes of the recorder, the target runs on.
extension RealProcessTests {
  @Suite(.serialized) struct SurvivalTests {
    private static func steady(
      seconds: Int, _ options: [String] = [], launcher: [String] = []
    ) throws -> TestProgram {
      let target = try TestProgram(
        TestedPython.any(), "steady.py", ["--seconds", "\(seconds)"] + options,
        launcher: launcher, limit: Double(seconds) + 30)
      try target.go()
      return target
    }

    /// The target's own verdict, once it has ended.
    private static func expectUnharmed(_ target: TestProgram) throws {
      let truth = try target.truth()
      let wrong = try #require(truth["wrong"] as? [String: Int])
      let rounds = try #require(truth["rounds"] as? [String: Int])
      #expect(wrong.values.allSatisfy { $0 == 0 }, "\(Comment.never)\(wrong)")
      #expect(rounds.count == 4 && rounds.values.allSatisfy { $0 > 50 }, "\(rounds)")
      #expect(target.wait() == 0)
    }

    /// Nobody is stopped, and nobody traces.
    private static func expectFree(_ pid: Int32, _ what: String, atLeast count: Int = 4) {
      let threads = ThreadStatus.all(of: pid)
      #expect(threads.count >= count)
      #expect(
        threads.allSatisfy { !$0.isStopped && $0.tracer == 0 },
        "\(Comment.never)after \(what): \(threads)")
    }

    /// How a recorder is started and killed, so many times.
    struct Killing: Sendable, CustomTestStringConvertible {
      var signal: Int32
      var way: String
      var times: Int
      var testDescription: String { "\(times) times signal \(signal), \(way)" }
    }

    /// Killed at any instant, from the first of its life on: 200 times by SIGKILL in the two ways that
    /// trace, and some in the one that only reads, and by a signal of its own.
    @Test(arguments: [
      Killing(signal: SIGKILL, way: "kernel", times: 100),
      Killing(signal: SIGKILL, way: "stop", times: 100),
      Killing(signal: SIGKILL, way: "read", times: 10),
      Killing(signal: SIGSEGV, way: "kernel", times: 6),
      Killing(signal: SIGSEGV, way: "stop", times: 6),
    ])
    func killedAtAnyInstant(_ how: Killing) throws {
      var instants = SeededNumbers(seed: 5)
      let target = try Self.steady(seconds: 240, ["--until-told"])
      var tally = KillTally()
      for kill in 0..<how.times {
        let output = try temporaryPath("hyflame.data")
        let family = kill % 4 < 2 && how.way != "read" ? ["-s"] : []
        let options = ["-r", "4000", "--capture", how.way] + family
        // Some in its first moments, the others while it samples.
        let isYoung = kill % 3 == 0 || how.way == "read"
        let hyflame =
          isYoung
          ? try HyflameProcess(["record", "-q", "-p", "\(target.pid)", "-o", output] + options)
          : try HyflameProcess.attach(to: target.pid, output: output, options)
        let instant = Self.instant(kill, &instants)
        usleep(UInt32(instant * 1e6))
        hyflame.signal(how.signal)
        let result = hyflame.wait()
        #expect(result.status == 128 + how.signal, "it ended before: \(result.errors)")
        Self.expectFree(target.pid, "\(how.testDescription), after \(instant) s")
        tally.count(output, instant: instant)
      }
      print("\(how.testDescription): \(tally)")
      tally.expectReadable()
      try target.go()
      try Self.expectUnharmed(target)
    }

    /// Seconds after which the recorder dies: mostly soon, for these are many; a tenth beyond its first
    /// writes to the file, and a twentieth beyond those of each second.
    private static func instant(_ kill: Int, _ random: inout SeededNumbers) -> Double {
      switch kill % 20 {
      case 7: Double.random(in: 1.1...1.6, using: &random)
      case 3, 15: Double.random(in: 0.25...0.9, using: &random)
      default: Double.random(in: 0...0.2, using: &random)
      }
    }

    /// A command that hyflame launched runs on without it, and so does one that was let go by Ctrl-Z.
    @Test(arguments: [Recorded.Way.stop, .kernel])
    func killedBesideACommandAndSuspended(_ way: Recorded.Way) throws {
      var instants = SeededNumbers(seed: 11)
      for instant in [0.02, 0.1, 0.3, 1.2].map({ $0 + .random(in: 0...0.05, using: &instants) }) {
        let output = try temporaryPath("hyflame.data")
        let launched = try Self.steady(
          seconds: 30, ["--until-told"],
          launcher: [
            HyflameProcess.path, "record", "-q", "-r", "4000", "--capture", way.rawValue, "-o",
            output, "--",
          ])
        usleep(UInt32(instant * 1e6))
        launched.killLauncher()
        Self.expectFree(
          launched.pid, "kill -9 of what launched it, after \(instant) s", atLeast: 1)
        // Each of its threads gets somewhere without a tracer.
        usleep(300_000)
        try launched.go()
        let truth = try launched.truth()
        #expect(
          (truth["wrong"] as? [String: Int])?.values.allSatisfy { $0 == 0 } == true,
          "\(Comment.never)\(truth)")
      }
      let target = try Self.steady(seconds: 60, ["--until-told"])
      for _ in 0..<3 {
        let hyflame = try HyflameProcess.attach(
          to: target.pid, output: try temporaryPath("hyflame.data"),
          ["-r", "4000", "--capture", way.rawValue])
        usleep(UInt32(Double.random(in: 0.05...0.3, using: &instants) * 1e6))
        hyflame.signal(SIGTSTP)
        // At any instant of letting go, and after it.
        usleep(UInt32(Double.random(in: 0...0.02, using: &instants) * 1e6))
        hyflame.signal(SIGKILL)
        #expect(hyflame.wait().status == 128 + SIGKILL)
        Self.expectFree(target.pid, "kill -9 while it is suspended")
      }
      try target.go()
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

    /// A recorder that gets no more memory ends, by its own hand or the kernel's, and the target does
    /// not notice.
    @Test(arguments: [MemoryLimit.addressSpace, .controlGroup], [Recorded.Way.stop, .kernel])
    func outOfMemory(_ limit: MemoryLimit, _ way: Recorded.Way) throws {
      let target = try Self.steady(seconds: 60, ["--until-told"])
      let hyflame = try HyflameProcess.attach(
        to: target.pid, output: try temporaryPath("hyflame.data"),
        ["-r", "4000", "--capture", way.rawValue])
      usleep(200_000)
      guard limit.apply(to: hyflame.pid) else {
        try Test.cancel("no memory limit can be set here: \(limit) is not tested")
      }
      defer { limit.remove() }
      // Something new to remember, all the time.
      let isGone = Self.waits { !hyflame.isRunning }
      if !isGone { hyflame.signal(SIGKILL) }
      let result = hyflame.wait()
      print("out of memory, \(limit), \(way): status \(result.status)")
      #expect(isGone, "it needs no more memory")
      #expect(result.status != 0)
      Self.expectFree(target.pid, "a lack of memory")
      // It goes round for a while without a tracer.
      usleep(500_000)
      try target.go()
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
