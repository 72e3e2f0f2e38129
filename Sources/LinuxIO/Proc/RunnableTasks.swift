import Glibc

/// How many tasks the machine runs or wants to run right now (proc_loadavg(5)).
public struct RunnableTasks: ~Copyable {
  private let file: OwnedDescriptor
  private let cpus: Int

  public init() {
    file = OwnedDescriptor(open("/proc/loadavg", O_RDONLY | O_CLOEXEC))
    cpus = sysconf(Int32(_SC_NPROCESSORS_ONLN))
  }

  /// Whether some CPU has nothing to do, `own` runnable tasks not counted. False if it cannot be told.
  public func leavesCPU(besides own: Int) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
      let count = pread(file.rawValue, buffer.baseAddress, buffer.count, 0)
      guard count > 0, let runnable = Self.runnable(in: buffer.prefix(count)) else { return false }
      return runnable - own < cpus
    }
  }

  /// The number before the slash in `0.20 0.18 0.12 1/80 11206`.
  private static func runnable(in line: some Sequence<UInt8>) -> Int? {
    var number = 0
    for byte in line {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number &* 10 &+ Int(byte & 15)
      case UInt8(ascii: "/"): return number
      default: number = 0
      }
    }
    return nil
  }
}
