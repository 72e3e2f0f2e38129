import Foundation
import Glibc
import ProfileModel
import Recorder
import Support
import Testing

@testable import hyflame

/// What `doctor` makes of facts, and what it finds here.
@Suite struct DoctorTests {
  private static func machine(_ change: (inout MachineFacts) -> Void = { _ in }) -> MachineFacts {
    var facts = MachineFacts()
    facts.kernel = "6.1.0-18-amd64"
    facts.capabilities = Capabilities(rawValue: (1 << 40) - 1)
    facts.paranoid = 2
    facts.ringKilobytes = 516
    facts.ptraceScope = 1
    facts.lockLimit = 8 << 20
    facts.cpus = 4
    facts.openFiles = 1_048_576
    facts.hasTypeInformation = true
    change(&facts)
    return facts
  }

  /// The usual desktop: Yama, no capabilities, the kernel's default settings.
  private static let desktop = machine {
    $0.user = 1000
    $0.capabilities = []
    $0.kernelTicks = EACCES
    $0.program = EPERM
  }

  private static let target: TargetFacts = {
    var facts = TargetFacts(pid: 4242)
    facts.exists = true
    facts.command = "python3 train.py \u{1b}[2J"
    facts.user = 1000
    facts.threads = 9
    facts.python = .found(
      .init(
        version: "3.13.0", module: "/opt/lib/libpython3.13.so.1.0", origin: "section",
        describesItself: true))
    facts.libraries.count = 12
    facts.libraries.withoutSymbols = ["libz.so.1", "libopenblas.so.0"]
    return facts
  }()

  private func report(
    _ machine: MachineFacts, _ target: TargetFacts? = nil, _ sample: TestSample? = nil
  ) -> DoctorReport {
    DoctorReport(machine: machine, target: target, sample: sample, program: "/usr/bin/hyflame")
  }

  private func expect(
    _ machine: MachineFacts, _ name: String, _ state: Finding.State, _ text: String,
    _ command: String? = nil, obstacle: String? = nil, status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let report = report(machine)
    let finding = report.findings.first { $0.name == name }
    #expect(
      finding
        == Finding(name: name, state: state, text: text, command: command, obstacle: obstacle),
      sourceLocation: sourceLocation)
    expectRemedies(report, sourceLocation)
    #expect(report.status == status, sourceLocation: sourceLocation)
  }

  /// Whoever reads that something is worse than it could be also reads what to type, or why nothing helps.
  private func expectRemedies(_ report: DoctorReport, _ sourceLocation: SourceLocation) {
    for finding in report.findings where finding.state != .ok {
      #expect(
        (finding.command == nil) != (finding.obstacle == nil), "\(finding)",
        sourceLocation: sourceLocation)
    }
  }

  @Test func goldens() throws {
    let desktop = report(Self.desktop)
    #expect(Golden("doctor-desktop.txt").difference(from: Array(desktop.text().utf8)) == nil)
    let sample = TestSample.taken(samples: 50, exact: 49, mode: .kernel, longest: 12_300)
    let root = report(Self.machine(), Self.target, sample)
    #expect(Golden("doctor-root.txt").difference(from: Array(root.text().utf8)) == nil)
    #expect(Golden("doctor-root.json").difference(from: Array(try root.json().utf8)) == nil)
    #expect(!root.text().unicodeScalars.contains("\u{1b}"))
  }

  @Test func everythingAllowed() {
    let report = report(Self.machine())
    #expect(report.findings.allSatisfy { $0.state == .ok && $0.command == nil })
    #expect(report.mode == .kernel && report.status == 0)
  }

  @Test func perfEvents() {
    let sysctl = "sudo sysctl kernel.perf_event_paranoid=1"
    let container = "docker run --cap-add=PERFMON --cap-add=SYS_PTRACE …"
    expect(
      Self.desktop, "perf events", .degraded,
      """
      user mode only: kernel.perf_event_paranoid is 2, and CAP_PERFMON is missing; time inside the \
      kernel and off the CPU stays hidden
      """, sysctl)
    var facts = Self.desktop
    facts.paranoid = 4
    facts.userTicks = EACCES
    expect(
      facts, "perf events", .degraded,
      """
      refused: kernel.perf_event_paranoid is 4, and CAP_PERFMON is missing; Python frames alone can \
      be read
      """, sysctl)
    facts.paranoid = 2
    facts.seccomp = 2
    facts.userTicks = EPERM
    expect(
      facts, "perf events", .degraded,
      """
      refused (Operation not permitted): kernel.perf_event_paranoid is 2, which suffices, so a \
      container or seccomp filter forbids them; Python frames alone can be read
      """, container)
    facts.seccomp = 0
    facts.userTicks = ENOSYS
    expect(
      facts, "perf events", .degraded,
      "refused: this kernel has none; Python frames alone can be read",
      obstacle: "it takes a kernel with CONFIG_PERF_EVENTS")
    #expect(report(facts).mode == .read)
    expect(
      facts, "recording", .degraded,
      "Python frames alone are read while the target runs; nobody is stopped",
      "what the lines above say")
    facts.seccomp = 2
    expect(
      facts, "seccomp", .degraded, "a filter is in force, and may be what refuses the above",
      "docker run --security-opt seccomp=unconfined …, or start hyflame outside of the sandbox")
  }

  @Test func tracing() {
    let set = "sudo sysctl kernel.yama.ptrace_scope=0"
    expect(
      Self.desktop, "ptrace", .degraded,
      "kernel.yama.ptrace_scope is 1: only what hyflame launches, no running process", set)
    var facts = Self.desktop
    facts.ptraceScope = 2
    expect(
      facts, "ptrace", .blocked, "kernel.yama.ptrace_scope is 2: only with CAP_SYS_PTRACE", set,
      status: 3)
    facts.ptraceScope = 3
    expect(
      facts, "ptrace", .blocked,
      "kernel.yama.ptrace_scope is 3, which forbids tracing until the next boot",
      obstacle: "only a boot lowers it; boot with a value of 2 or less", status: 3)
    #expect(
      report(facts).text().contains("nothing can be typed: only a boot lowers it"))
    facts.ptraceScope = nil
    expect(
      facts, "ptrace", .ok, "processes of your own (there is no kernel.yama.ptrace_scope)")
    // With perf events or without.
    for refused in [nil, EPERM] {
      facts.tracing = EPERM
      facts.userTicks = refused
      expect(
        facts, "ptrace", .degraded,
        """
        refused (Operation not permitted): a container or seccomp filter forbids it; not needed to \
        read Python frames
        """, "docker run --cap-add=SYS_PTRACE …")
      #expect(report(facts).mode == .read)
    }
    facts.reading = EPERM
    expect(
      facts, "recording", .blocked, "no way of taking samples is allowed",
      "what the lines above say", status: 3)
    expect(
      facts, "memory", .blocked,
      "process_vm_readv is refused (Operation not permitted): a seccomp filter forbids it",
      "docker run --cap-add=SYS_PTRACE …", status: 3)
  }

  @Test func samplesInTheKernel() {
    let instead = "threads are stopped for their samples instead"
    let setcap =
      "sudo setcap cap_sys_ptrace,cap_perfmon,cap_bpf,cap_ipc_lock=ep /usr/bin/hyflame"
    expect(
      Self.desktop, "BPF", .degraded, "CAP_BPF and CAP_PERFMON are missing; \(instead)", setcap)
    let old = Self.machine {
      $0.kernel = "5.10.0-28-amd64"
      $0.program = EINVAL
    }
    expect(
      old, "BPF", .degraded, "it takes Linux 5.17 or later; \(instead)",
      obstacle: "it takes another kernel")
    let untyped = Self.machine {
      $0.hasTypeInformation = false
      $0.program = ENOENT
    }
    expect(
      untyped, "BPF", .degraded,
      """
      the kernel has no type information (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF); \
      \(instead)
      """, obstacle: "it takes a kernel that is built with it")
    expect(
      Self.machine { $0.program = E2BIG }, "BPF", .degraded,
      "the kernel does not take the program (Argument list too long); \(instead)",
      obstacle: "the kernel does not say what it lacks")
  }

  /// Root of a user namespace has every capability, and those that perf events and BPF need count for
  /// nothing; a container's mark may be that of one around the namespace.
  @Test func userNamespace() {
    let host = "on the host: sudo hyflame record -p PID"
    let inside = Self.machine {
      $0.isInitialUserNamespace = false
      $0.isInitialPIDNamespace = false
      $0.container = "docker"
      $0.kernelTicks = EACCES
      $0.program = EPERM
    }
    expect(
      inside, "namespaces", .degraded,
      """
      in a user namespace: privilege counts inside of it only, and processes outside of it cannot be \
      recorded
      """, host)
    expect(
      inside, "privilege", .degraded,
      "root of a user namespace, without CAP_PERFMON, CAP_BPF, CAP_IPC_LOCK", host)
    expect(
      inside, "perf events", .degraded,
      """
      user mode only: kernel.perf_event_paranoid is 2, and CAP_PERFMON is missing; time inside the \
      kernel and off the CPU stays hidden
      """, "on the host: sudo sysctl kernel.perf_event_paranoid=1")
    expect(
      inside, "BPF", .degraded,
      "CAP_BPF and CAP_PERFMON are missing; threads are stopped for their samples instead", host)
  }

  @Test func limits() {
    let little = Self.machine {
      $0.capabilities.remove(.lockMemory)
      $0.user = 1000
      $0.kernelTicks = EACCES
      $0.lockLimit = 65536
      $0.ringKilobytes = 64
    }
    expect(
      little, "ring memory", .degraded,
      """
      room for 40 threads (kernel.perf_event_mlock_kb is 64, ulimit -l 64); the stops of others \
      cannot be checked against their ticks
      """, "ulimit -l unlimited")
    expect(
      Self.machine { $0.openFiles = 256 }, "open files", .degraded,
      "room for 46 threads (ulimit -Hn 256); others are not sampled", "ulimit -n 65536")
    expect(
      Self.machine {
        $0.isInitialPIDNamespace = false
        $0.container = "docker"
      }, "namespaces", .degraded,
      "in a docker container: processes outside of it cannot be recorded",
      "on the host: sudo hyflame record -p PID")
    expect(
      Self.machine { $0.isInitialUserNamespace = false }, "namespaces", .degraded,
      "in a user namespace: privilege counts inside of it only",
      "on the host: sudo hyflame record -p PID")
    expect(
      Self.machine { $0.isInitialPIDNamespace = false }, "namespaces", .degraded,
      "in a PID namespace: processes outside of it cannot be recorded",
      "on the host: sudo hyflame record -p PID")
  }

  /// Exit status, and the finding that explains it.
  @Test func targets() {
    func check(
      _ change: (inout TargetFacts) -> Void, _ name: String, _ text: String, _ command: String?,
      status: Int32, machine: MachineFacts = DoctorTests.machine()
    ) {
      var target = Self.target
      change(&target)
      let report = report(machine, target)
      #expect(report.status == status, "\(text)")
      #expect(
        report.findings.contains(
          Finding(name: name, state: .blocked, text: text, command: command)),
        "\(report.text())")
    }
    check(
      { $0.exists = false }, "process", "there is no process 4242", "pgrep -a python", status: 4)
    check(
      { $0.python = .none }, "interpreter", "no CPython; its children may run one",
      "pgrep -a -P 4242", status: 4)
    check(
      { $0.python = .unsupported(version: "3.16") }, "interpreter",
      "CPython 3.16, which hyflame \(hyflameVersion) does not know (3.8 to 3.15)",
      "hyflame record --native-only -p 4242", status: 4)
    check(
      {
        $0.hasEnded = true
        $0.parent = 7
      }, "process", "4242 has ended (it is a zombie that its parent PID 7 has not reaped)",
      "ps -fp 7", status: 4)
    check(
      {
        $0.user = 0
        $0.mapping = EACCES
      }, "access", "refused (Permission denied): it belongs to user 0 and you are user 1000",
      "sudo hyflame record -p 4242", status: 3, machine: Self.desktop)
    check(
      { $0.reading = EPERM }, "access",
      """
      refused (Operation not permitted): kernel.yama.ptrace_scope is 1 and must be 0 to attach to a \
      process that hyflame did not launch
      """, "sudo hyflame record -p 4242, or sudo sysctl kernel.yama.ptrace_scope=0", status: 3,
      machine: Self.desktop)
    hindered()
    var target = Self.target
    target.python = .notInitialized(version: "3.13.0")
    target.libraries.withoutUnwindInformation = ["libbare.so"]
    let starting = report(Self.machine(), target, .failed("it is starting", status: 1))
    expectRemedies(starting, #_sourceLocation)
    #expect(starting.findings.count { $0.state == .degraded } == 4)
    let failed = report(Self.machine(), Self.target, .failed("it is gone", status: 4))
    #expect(failed.status == 3)
    #expect(report(Self.machine(), Self.target, .idle).status == 0)
  }

  /// What is recorded nevertheless, and not as well as it could be.
  private func hindered() {
    var target = Self.target
    target.tracer = 99
    target.isStopped = true
    let report = report(Self.machine(), target)
    #expect(report.mode == .read && report.status == 0)
    for finding in [
      Finding.degraded(
        "tracer",
        """
        traced by process 99 already; a process has one tracer at a time; Python frames alone can be \
        read
        """, "ps -fp 99"),
      .degraded(
        "state", "stopped by job control (state T): none of its threads runs", "kill -CONT 4242"),
    ] {
      #expect(report.findings.contains(finding), "\(report.text())")
    }
  }

  /// A command may hold anything, a line that looks like one of ours included.
  @Test func aNameIsNoFinding() {
    var target = Self.target
    target.command = "python3\nblocked   recording"
    let text = report(Self.machine(), target).text()
    #expect(text.contains("python3\\nblocked   recording"))
    #expect(!text.contains("\nblocked   recording"))
  }

  // MARK: The command

  private struct Document: Decodable {
    struct Finding: Decodable {
      var name: String
      var state: String
      var text: String
      var command: String?
    }
    var schema: String
    var capture: String
    var pid: Int32?
    var status: Int32
    var findings: [Finding]
  }

  @Test func thisMachine() throws {
    let directory = try WorkingDirectory()
    let run = try Hyflame("doctor", in: directory)
    #expect([0, 3].contains(run.status))
    let lines = run.output.split(separator: "\n").filter { !$0.contains("try: ") }
    #expect(
      lines.allSatisfy {
        $0.hasPrefix("ok ") || $0.hasPrefix("degraded ") || $0.hasPrefix("blocked ")
      })
    let json = try Hyflame("doctor", "--json", in: directory)
    let document = try JSONDecoder().decode(Document.self, from: Data(json.output.utf8))
    #expect(document.schema == "hyflame.doctor/1" && document.status == json.status)
    #expect(document.findings.count == lines.count)
  }

  @Test func noSuchProcess() throws {
    let directory = try WorkingDirectory()
    let run = try Hyflame("doctor", "-p", "2147483647", in: directory)
    #expect(run.status == 4)
    #expect(run.output.contains("there is no process 2147483647"))
    #expect(try Hyflame("doctor", "-p", "0", in: directory).status == 2)
  }

  /// Takes samples of a process that works, and leaves it alone.
  @Test func aProcess() throws {
    guard let python = Interpreter.system else {
      try Test.cancel("no Python is installed: doctor has nothing to look at")
    }
    let target = try PythonTarget(
      python, source: "print('ready', flush=True)\nimport sys\nsys.stdin.read(1)\nwhile True: pass")
    target.resume()
    let directory = try WorkingDirectory()
    let run = try Hyflame("doctor", "-p", "\(target.pid)", "--json", in: directory)
    let document = try JSONDecoder().decode(Document.self, from: Data(run.output.utf8))
    guard document.status != 3 else {
      try Test.cancel("recording is not permitted here: \(run.output)")
    }
    let sample = try #require(document.findings.first { $0.name == "test samples" })
    #expect(run.status == 0 && sample.state == "ok", "\(run.output)")
    #expect(sample.text.contains("samples in half a second"), "\(sample.text)")
    let found = try #require(document.findings.first { $0.name == "interpreter" })
    #expect(found.text.hasPrefix("CPython 3."))
    let status = try String(contentsOfFile: "/proc/\(target.pid)/status", encoding: .utf8)
    #expect(status.contains("TracerPid:\t0"))
  }
}
