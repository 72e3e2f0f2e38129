import CLinux
public import LinuxIO

/// One open perf event on one thread (perf_event_open(2)).
public struct PerfEvent: ~Copyable {
  private let descriptor: OwnedDescriptor

  public var rawValue: Int32 { descriptor.rawValue }

  /// Opens the event on `tid`, counting at once, on whatever CPU the thread runs.
  public init(
    _ kind: EventKind, tid: Int32, period: UInt64, ringBytes: Int = PerfRing.sampleRingBytes
  ) throws(SystemError) {
    var attributes = EventAttributes.make(kind, period: period, ringBytes: ringBytes)
    let flags = UInt(PERF_FLAG_FD_CLOEXEC)
    let result = linux_perf_event_open(&attributes, tid, -1, -1, flags)
    descriptor = OwnedDescriptor(Int32(try SystemError.check(result, .perfEventOpen)))
  }

  /// Sends `signal` to thread `tid` at each overflow, with this event's descriptor in `si_fd`.
  public func signalThread(_ tid: Int32, signal: Int32) throws(SystemError) {
    try SystemError.check(linux_signal_thread(rawValue, tid, signal), .signalOfEvent)
  }

  /// Sends this event's records into the ring of `other`, an event of the same thread: events of
  /// different threads cannot share one (kernel/events/core.c, perf_event_set_output).
  public func redirect(to other: borrowing PerfEvent) throws(SystemError) {
    let request = linux_PERF_EVENT_IOC_SET_OUTPUT
    try SystemError.check(
      linux_ioctl(rawValue, request, UInt(other.rawValue)), .redirectEvent)
  }

  /// Stops counting and signalling.
  public func disable() { _ = linux_ioctl(rawValue, linux_PERF_EVENT_IOC_DISABLE, 0) }

  /// Counts, and ticks once: the event disables itself at its next overflow.
  public func enableForOneTick() { _ = linux_ioctl(rawValue, linux_PERF_EVENT_IOC_REFRESH, 1) }

  /// Counts, and ticks as often as its period says.
  public func enable() { _ = linux_ioctl(rawValue, linux_PERF_EVENT_IOC_ENABLE, 0) }

  /// The next tick comes after `period` from now on, and so do those behind it
  /// (kernel/events/core.c, __perf_event_period, drops what was left of the period before).
  public func setPeriod(_ period: UInt64) {
    var period = period
    withUnsafeMutablePointer(to: &period) {
      _ = linux_ioctl(rawValue, linux_PERF_EVENT_IOC_PERIOD, UInt(bitPattern: $0))
    }
  }

  /// What the event has counted: nanoseconds of CPU time for a tick, in user and kernel mode
  /// together (the software clock's filter drops samples, not time). Readable after the thread's
  /// end too.
  public func count() -> UInt64 {
    var value: UInt64 = 0
    return readDescriptor(rawValue, &value, 8) == 8 ? value : 0
  }

  /// The kernel's number of this event, which its records carry.
  public func identifier() -> UInt64 {
    var value: UInt64 = 0
    let result = withUnsafeMutablePointer(to: &value) {
      linux_ioctl(rawValue, linux_PERF_EVENT_IOC_ID, UInt(bitPattern: $0))
    }
    return result == 0 ? value : 0
  }
}
