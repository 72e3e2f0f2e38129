import Foundation
import ProfileModel
import Support
import Testing

/// What each kind of user gets, and what is said where it is less.
extension RealProcessTests {
  @Suite(.serialized) struct PermissionTests {
    /// User mode alone, and the recording says what that hides.
    @Test func userModeOnly() throws {
      let user = try OrdinaryUser.required()
      let (profile, truth) = try record(user, ["-r", "1000"])
      #expect(profile.recording.capture == .stop)
      #expect(!profile.recording.privileged && !profile.recording.recordsBlocked)
      #expect(profile.ledger.notes.contains { $0.contains("kernel-mode samples") })
      try expectTime(profile, truth, within: 0.15)
      #expect(profile.share(exact: profile.running) > 0.95)
      #expect(profile.samples.allSatisfy { $0.source == .userTick })
    }

    @Test func launchedByAnOrdinaryUser() throws {
      let user = try OrdinaryUser.required()
      let output = user.path("launched.data")
      let result = try user.run([
        "record", "-q", "-o", output, "--", "/usr/bin/python3", "-c", "sum(range(20_000_000))",
      ])
      #expect(result.status == 0, "\(result.errors)")
      #expect(try Profile(recordedAt: output).samples.count > 5)
      let report = try user.run(["report", output])
      #expect(report.status == 0 && report.output.contains("GIL held"))
    }

    /// What doctor says to such a user: of the machine, of a process of one's own, of another's.
    @Test func doctorOfAnOrdinaryUser() throws {
      let user = try OrdinaryUser.required()
      let other = try OrdinaryUser.required(.second)
      let own = try user.start("spinning.py", ["--seconds", "4"])
      let foreign = try other.start("spinning.py", [])
      try own.go()
      let cases: [(arguments: [String], limits: [String], denied: String?, status: Int32, String)] =
        [
          ([], [], nil, 0, "user 65534, without CAP_SYS_PTRACE, CAP_PERFMON, CAP_BPF"),
          (["-p", "\(own.pid)"], [], nil, 0, "samples in half a second"),
          (
            ["-p", "\(foreign.pid)"], [], nil, 3, "it belongs to user 64999 and you are user 65534"
          ),
          ([], ["--nofile=64:64"], nil, 0, "(ulimit -Hn 64); others are not sampled"),
          ([], [], "perf_event_open=EPERM", 0, "refused (Operation not permitted)"),
          ([], [], "perf_event_open=ENOSYS,ptrace=EPERM", 0, "not needed to read Python frames"),
          ([], [], "ptrace=EPERM", 0, "degraded  ptrace       refused (Operation not permitted)"),
          ([], [], "process_vm_readv=EPERM", 3, "no way of taking samples is allowed"),
          (["-p", "2147483646"], [], nil, 4, "there is no process 2147483646"),
        ]
      for (arguments, limits, denied, status, sentence) in cases {
        let result = try user.run(["doctor"] + arguments, limits: limits, denying: denied)
        #expect(result.status == status, "\(sentence): \(result.output)\(result.errors)")
        #expect(result.output.contains(sentence), "\(result.output)")
        // Each line that is not ok is followed by what to type, or why nothing helps.
        let lines = result.output.split(separator: "\n")
        for (line, next) in zip(lines, lines.dropFirst() + [""])
        where line.hasPrefix("degraded") || line.hasPrefix("blocked") {
          #expect(next.contains("  try: ") || next.contains("nothing can be typed: "), "\(line)")
        }
      }
      _ = try own.truth()
      _ = try foreign.run()
      #expect(own.wait() == 0 && foreign.wait() == 0)
    }

    /// A command that may not be sampled by perf events is read, and its status is its own.
    @Test func launchedWithoutPerfEvents() throws {
      let user = try OrdinaryUser.required()
      let output = user.path("launched.data")
      let program = "sum(range(30_000_000)); raise SystemExit(7)"
      let result = try user.run(
        ["record", "-q", "-o", output, "--", "/usr/bin/python3", "-c", program],
        denying: "perf_event_open=EPERM")
      #expect(result.status == 7, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.recording.capture == .read && profile.samples.count > 5)
    }

    /// perf_event_open(2) is refused, as by a sysctl or a container.
    @Test(arguments: ["EACCES", "EPERM", "ENOSYS"])
    func withoutPerfEvents(_ error: String) throws {
      let user = try OrdinaryUser.required()
      let (profile, truth) = try record(user, ["-r", "500"], denying: "perf_event_open=\(error)")
      #expect(profile.recording.capture == .read && profile.recording.clock == "wall-clock")
      #expect(profile.ledger.notes.contains { $0.hasPrefix("perf events are refused") })
      #expect(profile.ledger.pauses.count == 0)
      try expectTime(profile, truth, within: 0.1)
      let names = Set(profile.running.flatMap(profile.names(of:)))
      #expect(names.isSuperset(of: ["spin", "burn"]))
      #expect(profile.functions.allSatisfy { $0.kind == .python || $0.name == "[native]" })
    }

    /// Each refusal has its own sentence, and status 3. (What kernel.yama.ptrace_scope refuses is in
    /// AdviceTests: few kernels that run tests have it.)
    @Test func refusals() throws {
      let user = try OrdinaryUser.required()
      let other = try OrdinaryUser.required(.second)
      let own = try user.start("spinning.py", [])
      let foreign = try other.start("spinning.py", [])
      let cases: [(TestProgram, String?, [String], [String], String)] = [
        (foreign, nil, [], [], "it belongs to user 64999 and you are user 65534"),
        (
          own, "ptrace=EPERM", ["--capture", "stop"], [],
          "(ptrace: Operation not permitted): the process is protected"
        ),
        (own, "process_vm_readv=EPERM", [], [], "(process_vm_readv: Operation not permitted)"),
        (
          own, "perf_event_open=EPERM", ["--capture", "stop"], [],
          "(perf_event_open: Operation not permitted): kernel.perf_event_paranoid is"
        ),
        (own, nil, ["--capture", "kernel"], [], "it needs CAP_BPF and CAP_PERFMON"),
        (own, nil, [], ["--nofile=16:16"], "ulimit -Hn allows 16 in all"),
      ]
      for (target, denied, options, limits, sentence) in cases {
        let output = user.path("none.data")
        let result = try user.run(
          ["record", "-p", "\(target.pid)", "-d", "1", "-o", output] + options, limits: limits,
          denying: denied)
        #expect(result.status == 3, "\(sentence): \(result.errors)")
        #expect(result.errors.contains(sentence), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: output))
      }
      // Nobody was hurt.
      _ = try own.run()
      _ = try foreign.run()
      #expect(own.wait() == 0 && foreign.wait() == 0)
    }

    /// 64 descriptors and 200 threads: as many as fit.
    @Test func fewOpenFiles() throws {
      let user = try OrdinaryUser.required()
      let (profile, _) = try record(
        user, ["-r", "1000"], threads: 200, limits: ["--nofile=64:64"])
      #expect(profile.ledger.notes.contains { $0.contains("threads were not sampled") })
      #expect((8..<64).contains(profile.threads.count), "\(profile.threads.count)")
      #expect(!profile.samples.isEmpty)
    }

    /// The rings of 200 threads in the memory that an ordinary user may lock, plenty and little.
    @Test(arguments: [8 << 20, 64 << 10])
    func ringMemory(_ bytes: Int) throws {
      let user = try OrdinaryUser.required()
      let (profile, truth) = try record(
        user, ["-r", "1000"], threads: 200, limits: ["--memlock=\(bytes):\(bytes)"])
      #expect(profile.threads.count == 201)
      let isNoted = profile.ledger.notes.contains { $0.contains("perf_event_mlock_kb") }
      print("200 threads, \(bytes) bytes: \(profile.samples.count) samples, noted: \(isNoted)")
      #expect(isNoted == (bytes < 1 << 20))
      try expectTime(profile, truth, within: 0.25)
    }

    /// Capabilities of the file, without CAP_BPF: the kernel sends another user's threads no signal.
    @Test func capabilitiesForAnotherUser() throws {
      let user = try OrdinaryUser.required()
      let other = try OrdinaryUser.required(.second)
      for (capabilities, way) in [
        ("cap_sys_ptrace,cap_perfmon,cap_bpf,cap_ipc_lock=ep", CaptureMode.kernel),
        ("cap_sys_ptrace,cap_perfmon=ep", .stop),
      ] {
        try setCapabilities(capabilities, of: user.hyflame)
        defer { try? setCapabilities("=", of: user.hyflame) }
        let (profile, truth) = try record(user, ["-r", "1000"], target: other)
        #expect(profile.recording.privileged)
        try expectTime(profile, truth, within: 0.15)
        guard profile.recording.capture == way else {
          print("capabilities: no samples in the kernel here, but \(profile.recording.capture!)")
          continue
        }
        // Without a stop many threads have moved on before they are read: the line is not known then. Of
        // the others nothing contradicts what was read.
        let agreeing = profile.running.filter { $0.merge == .exact || profile.isUnproven($0) }
        let share = Double(agreeing.count) / Double(profile.running.count)
        print("capabilities, \(way): \(share * 100) % agree; \(profile.reasons(profile.running))")
        #expect(share > (way == .kernel ? 0.95 : 0.45), "\(profile.reasons(profile.running))")
        #expect(way != .kernel || profile.share(exact: profile.running) > 0.95)
      }
    }

    /// What hyflame writes under sudo belongs to who typed it.
    @Test func filesUnderSudo() throws {
      let user = try OrdinaryUser.required()
      let output = user.path("sudo.data")
      let svg = user.path("sudo.svg")
      let sudo = ["/usr/bin/env", "SUDO_UID=65534", "SUDO_GID=65534"]
      for arguments in [
        ["record", "-q", "-o", output, "--", "/usr/bin/python3", "-c", "sum(range(20_000_000))"],
        ["report", output, "--svg", "-o", svg],
      ] {
        let result = try HyflameProcess(arguments, launcher: sudo).wait()
        #expect(result.status == 0, "\(result.errors)")
      }
      for path in [output, svg] {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.ownerAccountID] as? Int == 65534)
        #expect(attributes[.groupOwnerAccountID] as? Int == 65534)
      }
      let mode = try FileManager.default.attributesOfItem(atPath: output)[.posixPermissions]
      #expect(mode as? Int == 0o600)
    }

    // MARK: -

    /// Records spinning.py of `target`, else of `user`, from before it works until it ends.
    private func record(
      _ user: OrdinaryUser, _ options: [String], target: OrdinaryUser? = nil, threads: Int = 2,
      limits: [String] = [], denying calls: String? = nil
    ) throws -> (profile: Profile, truth: [String: Any]) {
      // In all half a CPU, so that others need not wait for one.
      let share = 0.5 / Double(threads)
      let program = try (target ?? user).start(
        "spinning.py", ["--threads", "\(threads)", "--seconds", "2", "--share", "\(share)"])
      let output = user.path("hyflame.data")
      let hyflame = try HyflameProcess(
        ["record", "-q", "-p", "\(program.pid)", "-o", output] + options,
        launcher: user.launcher(limits: limits, denying: calls), binary: user.hyflame)
      waitForRecording(output, hyflame)
      let truth = try program.run()
      #expect(program.wait() == 0)
      let result = hyflame.wait()
      #expect(result.status == 0, "\(result.errors)")
      return (try Profile(recordedAt: output), truth)
    }

    /// It makes its file when it has attached.
    private func waitForRecording(_ path: String, _ hyflame: HyflameProcess) {
      let deadline = Date().addingTimeInterval(5)
      while Date() < deadline, hyflame.isRunning, !FileManager.default.fileExists(atPath: path) {
        usleep(5000)
      }
      usleep(700_000)
    }

    private func expectTime(
      _ profile: Profile, _ truth: [String: Any], within tolerance: Double,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let seconds = try #require(truth["cpu_s"] as? Double)
      let found = profile.seconds(
        profile.running.filter { profile.names(of: $0).contains("spin") })
      #expect(
        abs(found / seconds - 1) < tolerance, "\(found) s of \(seconds) s",
        sourceLocation: sourceLocation)
    }

    private func setCapabilities(_ text: String, of path: String) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/sbin/setcap")
      process.arguments = [text, path]
      guard (try? process.run()) != nil else {
        try Test.cancel("there is no setcap: capabilities of files are not tested")
      }
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        try Test.cancel("setcap is not permitted: capabilities of files are not tested")
      }
    }
  }
}
