import CLinux
import LinuxIO

// How often an event may still overflow. One whose recorder is gone falls silent by itself: the kernel lets go
// of a killed tracer's threads before it closes the events that signal to them.
extension PerfEvent {
  /// Lets the event overflow `count` times more, and disables it then; without a first call there is no
  /// limit (PERF_EVENT_IOC_REFRESH, perf_event_open(2)).
  public func allow(_ count: Int) {
    _ = linux_ioctl(rawValue, linux_PERF_EVENT_IOC_REFRESH, UInt(count))
  }

  /// Begins a new period. An event that has disabled itself would begin with what is left of the old one,
  /// which is nothing.
  public func beginPeriod(_ period: UInt64) {
    var period = period
    _ = withUnsafeMutablePointer(to: &period) {
      linux_ioctl(rawValue, linux_PERF_EVENT_IOC_PERIOD, UInt(bitPattern: $0))
    }
  }
}
