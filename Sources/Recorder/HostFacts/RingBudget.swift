import Glibc
import LinuxIO
import PerfEvents

/// How large the rings may be in which the kernel writes samples with stack bytes, so that those of all
/// threads fit into what a user may lock in memory (perf_event_open(2)), and into a part of the machine's.
struct RingBudget {
  /// Bytes of one ring.
  let ringBytes: Int

  /// What all rings together may take: 2,000 threads do not take half a gigabyte that cannot be swapped
  /// out.
  private static let most = 64 << 20

  /// Bytes that all rings together may take, as things are for this user.
  static func memory() -> Int {
    var limit = rlimit()
    let isLimited =
      !Capabilities.ownEffective.contains(.lockMemory) && (PerfPermissions.paranoid ?? 2) > -1
      && getrlimit(Int32(__RLIMIT_MEMLOCK.rawValue), &limit) == 0
    guard isLimited else { return most }
    let cpus = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let (total, isOverflown) = Int(clamping: limit.rlim_cur).addingReportingOverflow(
      max(PerfPermissions.ringKilobytes ?? 516, 0) &* 1024 &* cpus)
    return isOverflown ? most : min(total, most)
  }

  init(total: Int, threads: Int) {
    // Beside it, its own control page and the ring of the stops with its control page.
    let share = total / max(threads, 1) - 3 * 4096
    ringBytes =
      PerfRing.sampleRingSizes.first { $0 <= share } ?? PerfRing.sampleRingSizes.last!
  }
}
