import CLinux
import Glibc
import LinuxIO
import PerfEvents
import RemoteProcess

extension MachineFacts {
  /// Looks, and tries what can be tried without a target.
  public static func probe() -> MachineFacts {
    var facts = MachineFacts()
    facts.kernel = HostDescription.kernel()
    facts.user = geteuid()
    facts.readOwnStatus()
    facts.readSettings()
    facts.readNamespaces()
    facts.userTicks = PerfPermissions.trial(.userTick)
    facts.kernelTicks = PerfPermissions.trial(.kernelTick)
    facts.program = programTrial()
    (facts.tracing, facts.reading) = childTrials()
    return facts
  }

  private mutating func readOwnStatus() {
    let own = ProcFiles(pid: getpid())
    capabilities = .ownEffective
    seccomp = own.statusField("Seccomp").flatMap { Int($0) } ?? 0
    lockLimit = Self.limit(__RLIMIT_MEMLOCK)
    openFiles = Self.limit(RLIMIT_NOFILE) ?? .max
    cpus = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }

  private mutating func readSettings() {
    paranoid = PerfPermissions.paranoid
    ringKilobytes = PerfPermissions.ringKilobytes
    ptraceScope = ProcFiles.number("/proc/sys/kernel/yama/ptrace_scope")
    hasHardwareCounters = access("/sys/bus/event_source/devices/cpu", F_OK) == 0
    hasTypeInformation = access("/sys/kernel/btf/vmlinux", R_OK) == 0
  }

  static let firstUserNamespace = "user:[4026531837]"

  /// The first namespaces have numbers of their own (include/linux/proc_ns.h).
  private mutating func readNamespaces() {
    isInitialPIDNamespace = Self.link("/proc/self/ns/pid") == "pid:[4026531836]"
    isInitialUserNamespace = Self.link("/proc/self/ns/user") == Self.firstUserNamespace
    // What shares the machine's processes hides none; virtual machines are made of images, too.
    guard !isInitialPIDNamespace else { return }
    if access("/.dockerenv", F_OK) == 0 { container = "docker" }
    if access("/run/.containerenv", F_OK) == 0 { container = "podman" }
  }

  private static func programTrial() -> Int32? {
    do {
      _ = try TickProgram(ringBytes: 1 << 16)
      return nil
    } catch { return error.errno }
  }

  /// On a child that waits at its gate, and ends when that is closed.
  private static func childTrials() -> (tracing: Int32?, reading: Int32?) {
    do throws(SystemError) {
      let child = try LaunchedCommand(["true"], Inheritance.current())
      let reading = TargetFacts.readingTrial(child.pid)
      var tracing: Int32?
      do throws(SystemError) { try Ptrace.seize(child.pid) } catch { tracing = error.errno }
      kill(child.pid, SIGKILL)
      var status: Int32 = 0
      while waitpid(child.pid, &status, 0) < 0 && errno == EINTR {}
      return (tracing, reading)
    } catch { return (error.errno, error.errno) }
  }

  private static func limit(_ resource: __rlimit_resource) -> UInt64? {
    var value = rlimit()
    guard getrlimit(Int32(resource.rawValue), &value) == 0, value.rlim_max != rlim_t.max else {
      return nil
    }
    return UInt64(value.rlim_max)
  }

  /// Where this program's own file is.
  public static var ownPath: String? { link("/proc/self/exe") }

  static func link(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}
