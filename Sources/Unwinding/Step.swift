import SampleTypes

/// The result of leaving one frame.
struct Step {
  /// Of the frame that was left; 0 where it could not be computed.
  var cfa: UInt64
  /// Set where there is no caller to go on with.
  var outcome: UnwindOutcome?
  /// The caller was interrupted by a signal.
  var wasInterrupted = false
  var origin = NativeFrame.Origin.callFrameInfo

  static func stop(_ reason: UnwindOutcome.Reason, cfa: UInt64 = 0) -> Step {
    Step(cfa: cfa, outcome: .truncated(reason))
  }
}
