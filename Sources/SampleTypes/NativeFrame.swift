/// One physical frame of a native stack, innermost first in every array that holds them.
@frozen
public struct NativeFrame: Hashable, Sendable, BitwiseCopyable {
  /// The instruction pointer for the innermost frame and for the frame that a signal interrupted,
  /// otherwise the return address.
  public var address: UInt64
  /// The stack pointer inside this frame. The frame owns the bytes `stackPointer ..< cfa`.
  public var stackPointer: UInt64
  /// The canonical frame address (DWARF 5, section 6.4): the caller's stack pointer after return.
  /// Equal to `stackPointer` where it is unknown, so that the frame owns nothing.
  public var cfa: UInt64
  /// True where `address` is a return address: it is looked up one byte earlier, because the
  /// call may be the last instruction of its function.
  public var isReturnAddress: Bool
  /// How this frame was found from its callee.
  public var origin: Origin

  @frozen
  public enum Origin: UInt8, Sendable, BitwiseCopyable {
    /// The thread's own registers.
    case registers
    /// Call frame information of the callee.
    case callFrameInfo
    /// The callee's frame pointer: it had no call frame information.
    case framePointer
    /// The CPython activation key of this frame: the callee had no call frame information.
    case activationKey
    /// A word on the callee's stack from which the rest of the stack follows: the callee had neither
    /// call frame information nor a frame pointer. Frames in between may be missing.
    case stackScan
  }

  @inlinable
  public init(
    address: UInt64, stackPointer: UInt64, cfa: UInt64, isReturnAddress: Bool, origin: Origin
  ) {
    self.address = address
    self.stackPointer = stackPointer
    self.cfa = cfa
    self.isReturnAddress = isReturnAddress
    self.origin = origin
  }

  /// The address by which modules, symbols and unwind rules are looked up.
  @inlinable
  public var lookupAddress: UInt64 { isReturnAddress ? address &- 1 : address }
}
