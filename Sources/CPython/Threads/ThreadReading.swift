public import SampleTypes

/// What one read of a thread state told, besides its stack.
@frozen
public struct ThreadReading: Hashable, Sendable, BitwiseCopyable {
  /// False where the memory no longer holds the expected thread state (its interpreter or thread
  /// differ, or it cannot be read): the thread states must be listed again.
  public var isValid: Bool
  /// `held` or `released`, as the interpreter's own fields tell it; `waiting` only from 3.15 on,
  /// before that a waiter is recognised by what its native stack blocks in. `none` where
  /// `isValid` is false.
  public var gil: GilState
  /// True where the thread is just entering the eval loop and the struct of the new activation is
  /// linked but not filled (3.11, 3.12): the stack is not to be believed.
  public var isHalfLinked: Bool
  /// Set where the thread has the GIL of an interpreter that collects garbage.
  public var collection: Collection?

  /// A collection that is going on.
  @frozen
  public struct Collection: Hashable, Sendable, BitwiseCopyable {
    /// The Python frame in which it started; null before 3.15, which alone tells.
    public var frame: RemoteAddress
  }

  @inlinable
  public init(isValid: Bool, gil: GilState, isHalfLinked: Bool = false) {
    self.isValid = isValid
    self.gil = gil
    self.isHalfLinked = isHalfLinked
  }
}
