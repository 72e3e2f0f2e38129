import Glibc
import LinuxIO

/// The hyflame version that a recording carries.
public let hyflameVersion = "0.1.0"

/// Facts about the machine that a recording carries.
enum HostDescription {
  static func name() -> String {
    ProcFiles.text("/proc/sys/kernel/hostname").map { String($0.prefix { $0 != "\n" }) } ?? ""
  }

  static func kernel() -> String {
    ProcFiles.text("/proc/sys/kernel/osrelease").map { String($0.prefix { $0 != "\n" }) } ?? ""
  }

  /// Nanoseconds since the Unix epoch.
  static func unixTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Of this process: `VmHWM`.
  static func peakResidentBytes() -> Int64 {
    let field = ProcFiles(pid: getpid()).statusField("VmHWM")
    let kilobytes = field.flatMap { Int64($0.prefix { $0.isNumber }) }
    return (kilobytes ?? 0) * 1024
  }
}
