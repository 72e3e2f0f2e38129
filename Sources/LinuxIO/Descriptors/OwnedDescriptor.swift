import Glibc

/// A file descriptor that is closed exactly once.
public struct OwnedDescriptor: ~Copyable, Sendable {
  public let rawValue: Int32

  public init(_ rawValue: Int32) { self.rawValue = rawValue }

  deinit { close(rawValue) }

  /// Gives the descriptor up without closing it.
  public consuming func release() -> Int32 {
    let value = rawValue
    discard self
    return value
  }
}
