import ProfileModel

/// What follows from how samples are taken, for all who need not know how that is.
extension CaptureMode {
  /// A tracer is told of threads, children, exec and the end; otherwise they are looked for.
  var isTraced: Bool { self != .read }

  /// Registers of a thread that runs are had from a stop or an event; otherwise Python frames alone are read.
  var hasNativeStacks: Bool { self != .read }

  /// What a thread does is measured by its CPU time, and perf events say what of it is seen. Otherwise all threads are
  /// looked at, wherever they are, as time passes.
  var usesEvents: Bool { self != .read }

  /// The clock of a sampling period, as a recording names it.
  var clock: String { usesEvents ? "task-clock" : "wall-clock" }

  /// Threads are stopped by a signal, of which somebody must see to it that the target never has use for it.
  var needsSignal: Bool { self == .stop }
}
