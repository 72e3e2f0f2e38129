import StackMerging

/// What speaks for one sample, from all that has looked at it, and what may be claimed of it for that.
///
/// A pure function of small values: whatever is not proved is not called exact, and of several things that are wrong
/// the one is named that explains the others.
struct SampleEvidence {
  /// How the Python side was read.
  var side: SampleAssembler.PythonSide
  /// What joining both stacks found.
  var merge: MergeOutcome
  /// Of a side that was read while the thread may have moved: what the copied stack says of it.
  var verdict = CopiedStackEvidence.Verdict.whole
  /// True if some Python frames are left of it.
  var hasPython = true
  /// Of a recovered activation: whether it lies where eval loops of this binary keep theirs.
  var isInPlace = true
  var naming = Naming()
  var circumstances: Circumstances = []
  /// False where not a single frame was had.
  var hasStack = true

  /// What is known of the sample besides its stacks.
  struct Circumstances: OptionSet {
    let rawValue: UInt8
    /// The program in the kernel did not find the thread's states in its time: they were looked up later.
    static let searchWasCut = Self(rawValue: 1)
    /// The same of the outer Python frames, which are missing.
    static let framesWereCut = Self(rawValue: 2)
    /// The thread stopped after the sampled instruction.
    static let isDisplaced = Self(rawValue: 4)
    /// Python alone was read, without a stop.
    static let isRead = Self(rawValue: 8)
    /// The same, and was never found at rest.
    static let isUnsteady = Self(rawValue: 16)
  }

  /// What came of naming the Python frames.
  struct Naming: Equatable {
    /// Why a frame has no name; of several the last, which is the innermost.
    private(set) var missing: MergeReason?
    /// What weakens a sample that is exact otherwise; the first one counts.
    private(set) var doubt: MergeReason?

    mutating func lacks(_ reason: MergeReason) { missing = reason }
    mutating func doubts(_ reason: MergeReason) { doubt = doubt ?? reason }
  }

  var outcome: MergeOutcome {
    let outcome = explained(named(confirmed))
    if circumstances.contains(.isRead) {
      if !hasStack { return .nativeOnly(.nativeNotRecorded) }
      return circumstances.contains(.isUnsteady) ? .partial(.pythonMovedOn) : outcome
    }
    return circumstances.contains(.isDisplaced) ? .partial(.displaced) : outcome
  }

  /// Of both stacks, before anything is named.
  private var confirmed: MergeOutcome {
    switch side {
    case .missing(let reason): return .nativeOnly(reason)
    case .recovered: return merge == .exact && !isInPlace ? .partial(.enteringOrLeaving) : merge
    case .none, .frozen, .still, .halfLinked: return merge
    case .moving:
      switch verdict {
      case .whole: return merge
      case .unproven: return merge == .exact ? .partial(.pythonReadLater) : merge
      case .movedOn: return hasPython ? .partial(.pythonMovedOn) : .nativeOnly(.pythonMovedOn)
      }
    }
  }

  private func named(_ outcome: MergeOutcome) -> MergeOutcome {
    // Whatever else is wrong with such a stack comes from that.
    if side == .halfLinked { return .partial(.enteringOrLeaving) }
    if let reason = naming.missing { return .partial(reason) }
    guard outcome == .exact, let reason = naming.doubt else { return outcome }
    return .partial(reason)
  }

  /// What was not copied in time is why something is missing, or was read later.
  private func explained(_ outcome: MergeOutcome) -> MergeOutcome {
    if circumstances.contains(.searchWasCut), side == .moving {
      switch outcome {
      case .exact, .partial(.pythonMovedOn), .partial(.pythonReadLater):
        return .partial(.stateNotFound)
      case .nativeOnly(.pythonMovedOn): return .nativeOnly(.stateNotFound)
      default: return outcome
      }
    }
    let isCut = outcome == .partial(.pythonUnreadable) && circumstances.contains(.framesWereCut)
    return isCut ? .partial(.pythonCut) : outcome
  }
}
