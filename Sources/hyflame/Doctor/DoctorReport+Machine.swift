import Glibc
import ProfileModel
import Recorder

extension DoctorReport {
  static let untilReboot = "only a boot lowers it; boot with a value of 2 or less"

  private static let fromHost = "on the host: sudo hyflame record -p PID"

  /// Those that count. What concerns perf events, BPF and locked memory the kernel asks of the machine's
  /// own user namespace (capable() in kernel/capability.c); tracing, of the target's.
  private var capabilities: Capabilities {
    guard !machine.isInitialUserNamespace else { return machine.capabilities }
    return machine.capabilities.intersection(.trace)
  }

  private var hasPerf: Bool {
    capabilities.contains(.perf) || capabilities.contains(.administer)
  }

  /// What to type to be allowed everything.
  private var setcap: String {
    guard machine.isInitialUserNamespace else { return Self.fromHost }
    return machine.container != nil || machine.user == 0
      ? "docker run --cap-add=SYS_PTRACE --cap-add=PERFMON --cap-add=BPF --cap-add=IPC_LOCK …"
      : "sudo setcap cap_sys_ptrace,cap_perfmon,cap_bpf,cap_ipc_lock=ep \(program.shellQuoted)"
  }

  var privilege: Finding {
    let wanted: [(Capabilities, String)] = [
      (.trace, "CAP_SYS_PTRACE"), (.perf, "CAP_PERFMON"), (.bpf, "CAP_BPF"),
      (.lockMemory, "CAP_IPC_LOCK"),
    ]
    // What CAP_SYS_ADMIN could do before there were CAP_PERFMON and CAP_BPF it can do still.
    let isAdministrator = capabilities.contains(.administer)
    let missing = wanted.filter {
      !capabilities.contains($0.0) && !(isAdministrator && ($0.0 == .perf || $0.0 == .bpf))
    }
    let whose = machine.isInitialUserNamespace ? "" : " of a user namespace"
    let who = (machine.user == 0 ? "root" : "user \(machine.user)") + whose
    guard !missing.isEmpty else { return .ok("privilege", "\(who), with all that is needed") }
    let names = missing.map(\.1).joined(separator: ", ")
    return .degraded("privilege", "\(who), without \(names)", setcap)
  }

  var perfEvents: Finding {
    let setting = machine.paranoid.map { "kernel.perf_event_paranoid is \($0)" }
    let suffix = setting.map { " (\($0))" } ?? ""
    if let errno = machine.userTicks { return refusedEvents(errno, setting) }
    guard let errno = machine.kernelTicks else {
      return .ok("perf events", "ticks in user and kernel mode\(suffix)")
    }
    let mayHelp = !hasPerf && (machine.paranoid ?? 2) > 1
    let reason =
      mayHelp ? setting.map { "\($0), and CAP_PERFMON is missing" } : nil
    return .degraded(
      "perf events",
      "user mode only: \(reason ?? String(errorNumber: errno)); time inside the kernel and off the "
        + "CPU stays hidden", mayHelp ? Self.allowEvents(machine) : setcap)
  }

  /// Root of a user namespace may not change the machine's settings.
  private static func allowEvents(_ machine: MachineFacts) -> String {
    let command = "sudo sysctl kernel.perf_event_paranoid=1"
    return machine.isInitialUserNamespace ? command : "on the host: \(command)"
  }

  private func refusedEvents(_ errno: Int32, _ setting: String?) -> Finding {
    let effect = "; Python frames alone can be read"
    if let paranoid = machine.paranoid, paranoid > 2, !hasPerf, errno != ENOSYS {
      return .degraded(
        "perf events",
        "refused: kernel.perf_event_paranoid is \(paranoid), and CAP_PERFMON is missing\(effect)",
        Self.allowEvents(machine))
    }
    if errno == ENOSYS, machine.seccomp == 0 {
      return .degraded(
        "perf events", "refused: this kernel has none\(effect)",
        obstacle: "it takes a kernel with CONFIG_PERF_EVENTS")
    }
    let found = setting.map { "\($0), which suffices, so " } ?? ""
    return .degraded(
      "perf events",
      "refused (\(String(errorNumber: errno))): \(found)a container or seccomp filter forbids "
        + "them\(effect)",
      "docker run --cap-add=PERFMON --cap-add=SYS_PTRACE …")
  }

  /// Bytes of rings that a thread needs: two pages, and with kernel ticks at least nine more.
  private var ringBytes: UInt64 {
    machine.userTicks != nil ? 0 : machine.kernelTicks == nil ? 11 * 4096 : 2 * 4096
  }

  var ringMemory: Finding {
    let name = "ring memory"
    if ringBytes == 0 { return .ok(name, "none is needed") }
    guard !capabilities.contains(.lockMemory), (machine.paranoid ?? 2) > -1,
      let lockLimit = machine.lockLimit
    else { return .ok(name, "as much as is needed") }
    let kilobytes = UInt64(max(machine.ringKilobytes ?? 516, 0))
    let room = (kilobytes &* UInt64(machine.cpus) &* 1024 &+ lockLimit) / ringBytes
    let found =
      "room for \(room) threads (kernel.perf_event_mlock_kb is \(kilobytes), ulimit -l "
      + "\(lockLimit / 1024))"
    let threads = UInt64(max(target?.threads ?? 0, 64))
    if room >= threads { return .ok(name, found) }
    return .degraded(
      name, "\(found); the stops of others cannot be checked against their ticks",
      "ulimit -l unlimited")
  }

  var tracing: Finding {
    let name = "ptrace"
    let mayTrace = capabilities.contains(.trace)
    let scope = machine.ptraceScope ?? 0
    let found = "kernel.yama.ptrace_scope is \(scope)"
    let set = "sudo sysctl kernel.yama.ptrace_scope=0"
    if scope >= 3 {
      return .blocked(
        name, "\(found), which forbids tracing until the next boot", obstacle: Self.untilReboot)
    }
    if scope == 2, !mayTrace {
      return .blocked(name, "\(found): only with CAP_SYS_PTRACE", set)
    }
    if let errno = machine.tracing {
      let text = "refused (\(String(errorNumber: errno))): a container or seccomp filter forbids it"
      let command = "docker run --cap-add=SYS_PTRACE …"
      return mode == .read
        ? .degraded(name, "\(text); not needed to read Python frames", command)
        : .blocked(name, text, command)
    }
    if scope == 1, !mayTrace {
      return .degraded(name, "\(found): only what hyflame launches, no running process", set)
    }
    let whose = mayTrace ? "of any user" : "of your own"
    let absent = machine.ptraceScope == nil ? "there is no kernel.yama.ptrace_scope" : found
    return .ok(name, "processes \(whose) (\(absent))")
  }

  var reading: Finding {
    guard let errno = machine.reading else {
      return .ok("memory", "process_vm_readv is allowed")
    }
    return .blocked(
      "memory",
      "process_vm_readv is refused (\(String(errorNumber: errno))): a seccomp filter forbids it",
      "docker run --cap-add=SYS_PTRACE …")
  }

  var seccomp: Finding {
    guard machine.seccomp != 0 else { return .ok("seccomp", "no filter") }
    let refusals = [machine.userTicks, machine.tracing, machine.reading]
    return refusals.allSatisfy { $0 == nil }
      ? .ok("seccomp", "a filter, which lets pass what is needed")
      : .degraded(
        "seccomp", "a filter is in force, and may be what refuses the above",
        "docker run --security-opt seccomp=unconfined …, or start hyflame outside of the sandbox")
  }

  var kernelCapture: Finding {
    let name = "BPF"
    let effect =
      mode == .read
      ? "Python frames alone are read anyway" : "threads are stopped for their samples instead"
    guard let errno = machine.program else {
      return .ok(name, "samples can be taken inside the kernel")
    }
    let mayLoad = capabilities.contains(.bpf) || capabilities.contains(.administer)
    if errno == EPERM || errno == EACCES {
      let missing = [mayLoad ? nil : "CAP_BPF", hasPerf ? nil : "CAP_PERFMON"].compactMap { $0 }
      let reason =
        missing.isEmpty
        ? "a container or seccomp filter forbids it"
        : "\(missing.joined(separator: " and ")) \(missing.count == 1 ? "is" : "are") missing"
      return .degraded(name, "\(reason); \(effect)", setcap)
    }
    if !machine.hasTypeInformation {
      return .degraded(
        name,
        "the kernel has no type information (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF); "
          + effect, obstacle: "it takes a kernel that is built with it")
    }
    if Self.isOlder(machine.kernel, than: (5, 17)) {
      return .degraded(
        name, "it takes Linux 5.17 or later; \(effect)", obstacle: "it takes another kernel")
    }
    return .degraded(
      name, "the kernel does not take the program (\(String(errorNumber: errno))); \(effect)",
      obstacle: "the kernel does not say what it lacks")
  }

  static func isOlder(_ release: String, than version: (Int, Int)) -> Bool {
    let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    guard numbers.count == 2 else { return false }
    return (numbers[0], numbers[1]) < version
  }

  var clock: Finding {
    let counters = machine.hasHardwareCounters ? "hardware counters exist" : "no hardware counters"
    return .ok("clock", "task-clock, in software; \(counters), none are needed")
  }

  var namespaces: Finding {
    let name = "namespaces"
    // First: a container's mark may be that of one around it.
    if !machine.isInitialUserNamespace {
      let outside =
        machine.isInitialPIDNamespace ? "" : ", and processes outside of it cannot be recorded"
      return .degraded(
        name, "in a user namespace: privilege counts inside of it only\(outside)", Self.fromHost)
    }
    if let container = machine.container {
      return .degraded(
        name, "in a \(container) container: processes outside of it cannot be recorded",
        Self.fromHost)
    }
    if !machine.isInitialPIDNamespace {
      return .degraded(
        name, "in a PID namespace: processes outside of it cannot be recorded", Self.fromHost)
    }
    return .ok(name, "the machine's own")
  }

  /// Descriptors besides those of threads: the reserve of the recorder, and what is open from the
  /// beginning.
  private var otherFiles: UInt64 { 32 + min(256, machine.openFiles / 3) }

  /// Ticks, switches or kernel ticks, the program's link; a thread that is read has two files.
  private var filesPerThread: UInt64 {
    switch mode {
    case .kernel: 3
    case .read: 2
    default: machine.kernelTicks == nil ? 3 : 1
    }
  }

  var openFiles: Finding {
    let limit = machine.openFiles
    let room = limit > otherFiles ? (limit - otherFiles) / filesPerThread : 0
    let found = "room for \(room) threads (ulimit -Hn \(limit == .max ? "unlimited" : "\(limit)"))"
    if room >= UInt64(max(target?.threads ?? 0, 64)) {
      return .ok("open files", limit == .max ? "no limit" : found)
    }
    return .degraded("open files", "\(found); others are not sampled", "ulimit -n 65536")
  }
}
