import Glibc
import LinuxIO

/// What stands against a way of taking samples.
public enum CaptureRefusal: Equatable, Sendable {
  case perfEvents(errno: Int32)
  case program(errno: Int32)
  case tracing(errno: Int32)
  /// A process has one tracer at a time.
  case traced(by: Int32)
  case reading(errno: Int32)

  /// Why `pid` cannot be recorded.
  func error(pid: Int32) -> RecordingError {
    switch self {
    case .perfEvents(let errno):
      .notPermitted(
        pid: pid, call: .perfEventOpen, errno: errno, paranoid: PerfPermissions.paranoid)
    case .program(let errno): .kernelCaptureRefused(errno: errno)
    case .tracing(let errno):
      .notPermitted(pid: pid, call: .ptrace, errno: errno, paranoid: nil)
    case .traced(let tracer): .alreadyTraced(pid: pid, tracer: tracer)
    case .reading(let errno):
      .notPermitted(pid: pid, call: .processMemory, errno: errno, paranoid: nil)
    }
  }

  /// What the user is told where Python frames are read instead.
  func fallbackNote(pid: Int32) -> String {
    let effect = "Python frames alone are read while the target runs"
    return switch self {
    case .traced(let tracer):
      "process \(pid) is traced by process \(tracer) already (a debugger, strace or a profiler): \(effect); "
        + "ps -fp \(tracer) shows by whom"
    case .perfEvents(let errno): Self.note("perf events are", errno, effect)
    case .tracing(let errno): Self.note("ptrace is", errno, effect)
    case .program(let errno): Self.note("BPF is", errno, effect)
    case .reading(let errno): Self.note("reading its memory is", errno, effect)
    }
  }

  private static func note(_ what: String, _ errno: Int32, _ effect: String) -> String {
    "\(what) refused (\(String(cString: strerror(errno)))): \(effect); "
      + "hyflame doctor says what would allow more"
  }
}
