/// How the samples of a recording were taken (Docs/Capture.md).
public enum CaptureMode: String, Sendable, CaseIterable {
  /// By a program in the kernel, at the tick: nobody was stopped.
  case kernel
  /// By a stop of the sampled thread, at the tick.
  case stop
  /// By reading memory while the target ran: nobody was stopped, and there are no native stacks.
  case read
}
