/// The Python frames of one thread at one instant, grouped by native activation.
///
/// A scratch value: the reader fills the same one for every sample, so nothing is allocated once
/// its arrays have grown.
public struct PythonStack: Sendable {
  /// Innermost first.
  public var frames: [PythonFrame] = []
  /// Innermost first. From 3.11 on one native activation of the eval loop runs several Python
  /// frames; before, one, the outermost of its group: what is farther in there is in the chain without being
  /// run, as a generator that hands an exception on to another one.
  public var activations: [PythonActivation] = []
  public var outcome: Outcome = .complete

  public enum Outcome: UInt8, Sendable, BitwiseCopyable {
    /// The chain was followed to its end.
    case complete
    /// The thread has a Python state but runs no Python frame.
    case empty
    /// A pointer of the chain could not be read.
    case unreadable
    /// A pointer or field of the chain cannot be what it should be.
    case implausible
    /// The chain is longer than the limit, or a cycle.
    case tooLong
    /// The chain ends at a generator's frame, which somebody must have resumed: 3.9 links no callers to one that
    /// hands an exception on.
    case withoutCallers
  }

  public init() {}

  /// True where the chain could not be followed to its end.
  public var hasFailed: Bool { outcome != .complete && outcome != .empty }

  public mutating func removeAll() {
    frames.removeAll(keepingCapacity: true)
    activations.removeAll(keepingCapacity: true)
    outcome = .complete
  }
}

/// One Python frame as the interpreter holds it: addresses only, names come later.
@frozen
public struct PythonFrame: Hashable, Sendable, BitwiseCopyable {
  /// Of the `PyFrameObject` (3.10 and older) or `_PyInterpreterFrame`.
  public var frame: RemoteAddress
  /// Of the `PyCodeObject`.
  public var code: RemoteAddress
  /// Byte offset of the current instruction from the start of the bytecode; negative before the
  /// first one.
  public var instructionOffset: Int32
  /// Whether it was found out at the instant of the sample which code object is there; otherwise `code` may
  /// lead to another one by now.
  public var codeIsSettled = false
  /// Of its `f_globals`: where an address holds another code object than before, this mostly
  /// differs too.
  public var globals: RemoteAddress

  @inlinable
  public init(
    frame: RemoteAddress, code: RemoteAddress, instructionOffset: Int32,
    globals: RemoteAddress = .null
  ) {
    self.frame = frame
    self.code = code
    self.instructionOffset = instructionOffset
    self.globals = globals
  }
}

/// One native activation of the eval loop, as the interpreter's own structures tell it.
@frozen
public struct PythonActivation: Hashable, Sendable, BitwiseCopyable {
  /// Address of the struct that the activation keeps in its own C stack frame (`CFrame`,
  /// `_PyCFrame`, or an entry frame with owner 3): the native frame with
  /// `stackPointer <= key < cfa` is this activation. Null before 3.10, where there is no such
  /// struct and activations pair by order.
  public var key: RemoteAddress
  /// Index in `PythonStack.frames` of the innermost frame.
  public var firstFrame: Int32
  /// How many frames the activation runs, inner to outer; may be 0 while it is entered or left.
  public var frameCount: Int32
  public var evalLoop = EvalLoop.certain

  /// Whether there is an eval loop that runs it.
  public enum EvalLoop: UInt8, Sendable, BitwiseCopyable {
    case certain
    /// Its frame, the innermost, is not run yet, or never will be.
    case doubtful
    /// Its frames are in the chain, and nothing runs them.
    case none
  }

  /// Index of the outermost frame.
  @inlinable
  public var lastFrame: Int { Int(firstFrame) + Int(frameCount) - 1 }

  @inlinable
  public init(key: RemoteAddress, firstFrame: Int32, frameCount: Int32) {
    self.key = key
    self.firstFrame = firstFrame
    self.frameCount = frameCount
  }
}
