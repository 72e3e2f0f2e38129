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

    /// A few words, for the frame that stands where the rest of the stack would.
    public var mark: String {
      switch self {
      case .stackEnds: "not copied"
      case .noUnwindInfo: "no unwind information"
      case .badCFA: "impossible frame"
      case .tooDeep: "too deep"
      case .unreadable: "saved elsewhere"
      case .notCode: "no code"
      }
    }
  }
}
