import Foundation
import ProfileModel
import Support
import Testing

/// A launched command is the same as without hyflame, whatever hyflame was started with and does to itself.
extension RealProcessTests {
  @Suite(.serialized) struct LaunchedAsAloneTests {
    /// What hyflame itself is started with: nothing of it is usual.
    private static let unusual = [
      "/bin/sh", "-c",
      """
      umask 027; ulimit -Sn 640; ulimit -Ss 4096
      exec nice -n 5 env --block-signal=USR1 --block-signal=INT --ignore-signal=HUP \
        --ignore-signal=PIPE --ignore-signal=XFSZ --ignore-signal=USR2 "$@" 7</dev/null
      """, "sh",
    ]

    private static func state(
      _ launcher: [String]
    ) throws -> [String: Any] {
      let target = try TestProgram(
        TestedPython.any(), "launch_state.py", launcher: unusual + launcher)
      let truth = try target.run()
      #expect(target.wait() == 0)
      return try #require(truth["state"] as? [String: Any])
    }

    @Test(arguments: ["kernel", "stop", "read"], [[], ["chrt", "-b", "0"], ["chrt", "-i", "0"]])
    func state(_ way: String, _ scheduling: [String]) throws {
      let alone = try Self.state(scheduling)
      let recorded = try Self.state(
        scheduling + [
          HyflameProcess.path, "record", "-q", "--capture", way, "-o",
          try temporaryPath("hyflame.data"), "--",
        ])
      #expect(alone.count == recorded.count && alone.count > 15)
      // It is in hyflame's process group, as it would be in its shell's; alone it is the launcher itself.
      #expect(
        recorded["group"] as? Bool == true && recorded["isLeader"] as? [Bool] == [false, false])
      for (name, value) in alone where name != "group" && name != "isLeader" {
        let found = recorded[name]
        #expect(
          (value as? NSObject) == (found as? NSObject), "\(name): \(value) alone, \(found ?? "-")")
      }
    }

    /// Python ignores some signals itself and a shell unblocks what it was given: grep says it.
    @Test func signalsThatHyflameHandles() throws {
      let words = ["grep", "^Sig[BIC]", "/proc/self/status"]
      func said(_ command: [String]) throws -> [String] {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try Watchdog.start(process, seconds: 30)
        let text = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        // Without the two that glibc handles for itself in every program with threads.
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map { line in
          let mask = UInt64(line.dropFirst("SigBlk:\t".count), radix: 16) ?? .max
          return "\(line.prefix(6)) \(String(mask & ~(3 << 31), radix: 16))"
        }
      }
      for launcher in [[], ["env", "--ignore-signal"], ["env", "--block-signal"]] {
        let alone = try said(launcher + words)
        #expect(alone.count == 3)
        let recorded = try said(
          launcher + [
            HyflameProcess.path, "record", "-q", "--native-only", "-o",
            try temporaryPath("hyflame.data"), "--",
          ] + words)
        #expect(recorded == alone, "\(launcher)")
      }
    }

    /// Started by one that ignores SIGCHLD, as some daemons do: children then leave no status unless that is undone.
    @Test(arguments: ["kernel", "stop", "read"])
    func ignoredChildren(_ way: String) throws {
      let result = try HyflameProcess(
        [
          "record", "-q", "--capture", way, "-o", try temporaryPath("hyflame.data"), "--",
          TestedPython.any().path, "-c", "for i in range(3_000_000): pass\nraise SystemExit(7)",
        ], launcher: ["/usr/bin/env", "--ignore-signal=CHLD"]
      ).wait()
      #expect(result.status == 7, "\(result.errors)")
    }

    /// The signal of PR_SET_PDEATHSIG comes when the *thread* ends that made the process: Ctrl-Z ends the tracing
    /// thread, and `fg` begins another.
    @Test func theThreadThatMadeItLives() throws {
      let target = try TestProgram(
        TestedPython.any(), "deathsignal.py", ["--seconds", "1.5"],
        launcher: [
          HyflameProcess.path, "record", "-q", "--capture", "stop", "-o",
          try temporaryPath("hyflame.data"), "--",
        ])
      try target.go()
      usleep(300_000)
      let launcher = try #require(ThreadStatus.parent(of: target.pid))
      kill(launcher, SIGTSTP)
      let deadline = Date().addingTimeInterval(5)
      while Date() < deadline, !ThreadStatus.all(of: launcher).allSatisfy(\.isStopped) {
        usleep(5000)
      }
      kill(launcher, SIGCONT)
      _ = try target.truth()
      #expect(target.wait() == 5)
    }

    /// An entry script leaves children to what it executes. One that ends while hyflame starts is not the command;
    /// as the first process of a container hyflame reaps it, whoever made it.
    @Test(
      arguments: [[], ["unshare", "--pid", "--fork", "--mount-proc"]], ["kernel", "stop", "read"])
    func inheritedChildren(_ launcher: [String], _ way: String) throws {
      guard launcher.isEmpty || geteuid() == 0 else {
        try Test.cancel("it takes root to be the first process of a namespace")
      }
      for delay in ["0", "0.02", "0.1"] {
        let output = try temporaryPath("hyflame.data")
        let source = """
          import os, time
          end = time.monotonic() + 1.5
          while time.monotonic() < end: sum(range(1000))
          states = [open(f'/proc/{p}/stat').read().rpartition(')')[2].split()
                    for p in os.listdir('/proc') if p.isdigit()]
          print([s for s in states if s[0] == 'Z' and s[1] == str(os.getppid())])
          raise SystemExit(9)
          """
        let script = """
          sleep \(delay) &
          exec '\(HyflameProcess.path)' record -q --capture \(way) -o '\(output)' -- "$@"
          """
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let python = try TestedPython.any().path
        process.arguments = launcher + ["/bin/sh", "-c", script, "sh", python, "-c", source]
        process.standardOutput = pipe
        try Watchdog.start(process, seconds: 60)
        let said = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 9)
        #expect(String(decoding: said, as: UTF8.self) == "[]\n")
        let profile = try Profile(recordedAt: output)
        #expect(profile.ledger.isComplete)
        #expect(profile.seconds(profile.running) > 0.5)
      }
    }
  }
}
