/// One recording, from plan to file.
public struct Recorder {
  private let plan: RecordingPlan

  public init(plan: RecordingPlan) { self.plan = plan }

  /// Records until the plan, a signal or the target ends it, and leaves a complete file.
  ///
  /// Blocks the calling thread, which must be the process's main thread: signals are taken on it.
  /// `progress` is called on the same thread, at most ten times a second.
  public func run(
    progress: (RecordingProgress) -> Void
  ) throws(RecordingError) -> RecordingSummary {
    throw RecordingError.noSamples
  }
}
