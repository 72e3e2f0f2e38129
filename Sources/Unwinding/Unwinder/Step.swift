import SampleTypes

/// The result of leaving one frame.
struct Step {
  /// Of the frame that was left; 0 where it could not be computed.
  var cfa: UInt64
  /// Set where there is no caller to go on with.
  var outcome: UnwindOutcome?
  /// The stack was taken to end because the return address is 0: where it is not certain that the stack was
  /// followed aright, a word that nobody has written says nothing.
  var endsAtZero = false
  /// The caller was interrupted by a signal.
  var wasInterrupted = false
  var origin = NativeFrame.Origin.callFrameInfo

  static func atZero(cfa: UInt64) -> Step {
    Step(cfa: cfa, outcome: .complete, endsAtZero: true)
  }

  static func stop(_ reason: UnwindOutcome.Reason, cfa: UInt64 = 0) -> Step {
    Step(cfa: cfa, outcome: .truncated(reason))
  }
}
