import Foundation

/// Time in which the host of a virtual machine ran others although one of its CPUs had work, on all CPUs
/// (proc_stat(5), steal). The clock of a perf event counts it, a thread's CPU time does not.
public struct StolenTime {
  private let start = Self.now()

  public init() {}

  /// Seconds since this was made.
  public var seconds: Double { Self.now() - start }

  private static func now() -> Double {
    guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else { return 0 }
    let fields = text.prefix { $0 != "\n" }.split(separator: " ")
    guard fields.count > 8, let ticks = Double(fields[8]) else { return 0 }
    return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
