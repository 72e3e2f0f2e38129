import Glibc

/// Nanoseconds of CLOCK_MONOTONIC: the clock of every time stamp in a recording (perf events are
/// opened with the same `clockid`).
public enum MonotonicClock {
  public static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

  /// Nanoseconds of CPU time that this process has used.
  public static func processCPU() -> UInt64 { read(CLOCK_PROCESS_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
