/// What became of joining a native and a Python stack. Nothing is ever dropped: whatever could not
/// be joined is in the merged stack all the same, and the outcome says so.
@frozen
public enum MergeOutcome: Hashable, Sendable {
  /// Every activation of the eval loop has its Python frames, and the reverse.
  case exact
  case partial(MergeReason)
  /// There is no native stack.
  case pythonOnly(MergeReason)
  /// The thread runs Python, but none of its Python frames could be had.
  case nativeOnly(MergeReason)

  public var reason: MergeReason? {
    switch self {
    case .exact: nil
    case .partial(let reason), .pythonOnly(let reason), .nativeOnly(let reason): reason
    }
  }
}

/// Why a merge is not exact. The raw value is the sentence that a report shows.
public enum MergeReason: String, Hashable, Sendable, CaseIterable {
  /// The innermost activation runs its first or last instructions, outside the window in which the
  /// interpreter links it (0.1–2 % of samples of call-heavy code).
  case enteringOrLeaving = "the eval loop was being entered or left"
  case activationNotOnStack = "an activation of the interpreter is in no native frame"
  /// Code that a compiler made of Python (Nuitka), extension modules that push frames and, in 3.9, a generator
  /// that hands an exception on.
  case noEvalLoop = "a Python frame is on the stack that no eval loop runs"
  case evalWithoutActivation = "an eval loop frame has no activation in the interpreter"
  case activationsOutOfOrder = "activations and native frames are in different orders"
  case nativeTruncated = "the native stack could not be unwound to its end"
  case pythonUnreadable = "a Python frame could not be read"
  case pythonImplausible = "a Python frame holds impossible values"
  case pythonTooLong = "the Python stack is longer than the limit"
  /// The signal of the tick was blocked for a while.
  case displaced = "the thread stopped after the sampled instruction"
  /// Samples in the kernel and switches only: Python was read without a stop.
  case pythonMovedOn = "the Python stack changed before it was read"
  /// The same from 3.11 on, where nothing was found that differs.
  case pythonReadLater =
    "Python was read after the sampled instant; the native stack agrees, but is no proof of all frames"
  /// Samples in the kernel only: the copy has a time limit, and what was left out could not be read later.
  case pythonCut = "outer Python frames were not copied: it would have held the thread up too long"
  /// The same of the search for the thread's state in the interpreter.
  case stateNotFound =
    "its Python thread state was not found in the time that a sample may take; the GIL is unknown"
  /// Samples in the kernel only: of a long line table its beginning is copied, and the code object was freed.
  case linesLost = "the lines of a Python function were gone before they were read"
  /// Samples in the kernel that are read later: what a thread that has ended ran nobody knows.
  case threadEnded = "the thread ended before its Python frames were read"
  case codeReplaced = "a code object was replaced before its name was read"
  case interpreterNotReady = "the interpreter was not set up yet"
  /// The same where nobody can say whether it was.
  case interpreterNotFound = "hyflame had not looked for the interpreter yet"
  case nativeNotRecorded = "native stacks were not recorded"
  case stackNotCopied = "the stack could not be copied"
}
