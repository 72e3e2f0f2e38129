/// What functions in a kernel call chain say of a stop: whether it is one for a tracer, and whether it is the
/// target's own nevertheless.
///
/// A traced thread that job control stops (SIGSTOP, SIGTSTP) waits in a stop for its tracer, as it does at a
/// signal. But it comes there from `do_jobctl_trap`, which compilers inline into `get_signal`, through
/// `ptrace_do_notify`; a signal's stop comes from `get_signal` at once, and an event's (a new thread, an exec)
/// through `ptrace_do_notify`, but not from `get_signal` (kernel/signal.c). A new thread's first stop looks like
/// job control's, and is over before there are events of the thread.
struct StopSigns: OptionSet {
  let rawValue: UInt8

  /// Runs for the sake of a stop only; or of the interrupt by which perf sends its signal
  /// (kernel/events/core.c, perf_pending_irq).
  static let ofATracer = StopSigns(rawValue: 1)
  private static let jobControl = StopSigns(rawValue: 2)
  private static let notification = StopSigns(rawValue: 4)
  private static let signals = StopSigns(rawValue: 8)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Of the kernel function with this name.
  init(of name: String) {
    switch name {
    case "asm_sysvec_irq_work", "ptrace_stop", "ptrace_signal": self = .ofATracer
    case "do_jobctl_trap": self = [.ofATracer, .jobControl]
    case "ptrace_do_notify": self = [.ofATracer, .notification]
    case "get_signal": self = .signals
    default: self = []
    }
  }

  /// Of all functions of a chain together: whether the thread is stopped with its process.
  var isGroupStop: Bool {
    contains(.jobControl) || isSuperset(of: [.notification, .signals])
  }
}
