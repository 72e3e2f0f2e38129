/// What decides which way samples can be taken, as found: an errno where the kernel refuses something, nil
/// where it is allowed.
public struct CaptureFacts: Equatable, Sendable {
  /// perf_event_open(2) of user-mode ticks.
  public var perfEvents: Int32?
  /// Loading the program that samples inside the kernel.
  public var program: Int32?
  /// ptrace(2).
  public var tracing: Int32?
  /// Reading the target's memory, process_vm_readv(2).
  public var reading: Int32?
  /// Who traces the target already; 0 if nobody.
  public var tracer: Int32

  public init(
    perfEvents: Int32? = nil, program: Int32? = nil, tracing: Int32? = nil, reading: Int32? = nil,
    tracer: Int32 = 0
  ) {
    (self.perfEvents, self.program, self.tracing) = (perfEvents, program, tracing)
    (self.reading, self.tracer) = (reading, tracer)
  }

  /// What stands against samples by perf events, with stops or inside the kernel; nil if nothing does.
  var obstacle: CaptureRefusal? {
    if tracer != 0 { return .traced(by: tracer) }
    return tracing.map { .tracing(errno: $0) } ?? perfEvents.map { .perfEvents(errno: $0) }
  }
}
