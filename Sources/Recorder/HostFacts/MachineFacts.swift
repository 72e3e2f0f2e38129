import Glibc
import LinuxIO

/// What a machine and a user's privileges decide about recording, as found; no judgement.
///
/// Trials are what the kernel answered when it was really tried, on a process of our own: an errno, or
/// nil where it was allowed.
public struct MachineFacts: Equatable, Sendable {
  /// `/proc/sys/kernel/osrelease`.
  public var kernel = ""
  /// Effective user.
  public var user: UInt32 = 0
  public var capabilities: Capabilities = []
  /// `kernel.perf_event_paranoid`; nil where it cannot be read, as the following.
  public var paranoid: Int?
  /// `kernel.perf_event_mlock_kb`.
  public var ringKilobytes: Int?
  /// `kernel.yama.ptrace_scope`; nil where Yama is not built in.
  public var ptraceScope: Int?
  /// `RLIMIT_MEMLOCK` in bytes; nil for no limit.
  public var lockLimit: UInt64?
  public var cpus = 1
  /// Mode 2 is a filter (seccomp(2)).
  public var seccomp = 0
  /// `RLIMIT_NOFILE`, the hard one: hyflame raises the soft one to it.
  public var openFiles: UInt64 = 1024
  public var isInitialPIDNamespace = true
  public var isInitialUserNamespace = true
  /// `docker`, `podman`…; nil outside of what can be recognised.
  public var container: String?
  /// Whether the machine has hardware counters (`/sys/bus/event_source/devices/cpu`).
  public var hasHardwareCounters = false
  /// Whether `/sys/kernel/btf/vmlinux` exists.
  public var hasTypeInformation = false
  /// perf_event_open(2) of user-mode and of kernel-mode ticks.
  public var userTicks: Int32?
  public var kernelTicks: Int32?
  /// Loading the program that samples inside the kernel.
  public var program: Int32?
  /// PTRACE_SEIZE of a child, and process_vm_readv(2) of it.
  public var tracing: Int32?
  public var reading: Int32?

  public init() {}
}

/// The capabilities that matter here (capabilities(7)), at their bits of `CapEff`.
public struct Capabilities: OptionSet, Sendable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Those of this process.
  public static var ownEffective: Capabilities {
    let field = ProcFiles(pid: getpid()).statusField("CapEff")
    return Capabilities(rawValue: field.flatMap { UInt64($0, radix: 16) } ?? 0)
  }

  public static let lockMemory = Capabilities(rawValue: 1 << 14)
  public static let trace = Capabilities(rawValue: 1 << 19)
  public static let administer = Capabilities(rawValue: 1 << 21)
  public static let perf = Capabilities(rawValue: 1 << 38)
  public static let bpf = Capabilities(rawValue: 1 << 39)
}
