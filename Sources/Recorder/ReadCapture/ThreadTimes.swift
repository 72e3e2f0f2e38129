import LinuxIO

/// What the scheduler has counted of one thread: `/proc/PID/task/TID/schedstat`
/// (Documentation/scheduler/sched-stats.rst).
struct ThreadTimes: Equatable {
  /// Nanoseconds on a CPU. Of a thread that is on one, as of the last clock tick, 1 to 10 ms ago.
  var running: UInt64
  /// How often it came onto a CPU.
  var stretches: UInt64

  init(running: UInt64, stretches: UInt64) {
    self.running = running
    self.stretches = stretches
  }

  /// Parses `RUNNING WAITING STRETCHES`; nil for anything else.
  init?(parsing line: some Sequence<UInt8>) {
    var numbers: [UInt64] = [0]
    for byte in line {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        numbers[numbers.count - 1] = numbers[numbers.count - 1] &* 10 &+ UInt64(byte & 15)
      case UInt8(ascii: " "): numbers.append(0)
      case UInt8(ascii: "\n"): break
      default: return nil
      }
    }
    guard numbers.count == 3 else { return nil }
    self.init(running: numbers[0], stretches: numbers[2])
  }
}
