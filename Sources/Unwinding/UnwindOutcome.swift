/// How far a stack could be followed.
public enum UnwindOutcome: Hashable, Sendable {
  /// To the outermost frame of the thread: its return address is declared undefined, or is 0.
  case complete
  /// The frames found are right; the outermost one's caller could not be found.
  case truncated(Reason)

  public enum Reason: UInt8, Sendable, CaseIterable {
    /// The next frame lies beyond the copied bytes: copy more of the stack.
    case stackEnds
    /// No call frame information for the code, and no other way found the caller.
    case noUnwindInfo
    /// The canonical frame address did not move outwards, or its register is unknown.
    case badCFA
    /// `Unwinder.maximumDepth` frames.
    case tooDeep
    /// A needed word lies below the copied bytes, or on another stack.
    case unreadable
    /// The return address lies in no executable mapping.
    case notCode
  }
}
