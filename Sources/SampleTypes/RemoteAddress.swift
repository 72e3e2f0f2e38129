/// A virtual address inside the target process: the only kind of address at which its memory may
/// be read.
@frozen
public struct RemoteAddress: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt64

  @inlinable
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  public static let null = RemoteAddress(0)

  @inlinable
  public var isNull: Bool { rawValue == 0 }

  @inlinable
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// Moves by `bytes`, wrapping: an address computed from corrupt memory is refused by the read
  /// that uses it, not by a trap in the profiler.
  @inlinable
  public static func + (address: Self, bytes: Int) -> Self {
    Self(address.rawValue &+ UInt64(bitPattern: Int64(bytes)))
  }

  @inlinable
  public static func - (address: Self, bytes: Int) -> Self {
    Self(address.rawValue &- UInt64(bitPattern: Int64(bytes)))
  }

  /// The signed distance in bytes, wrapping.
  @inlinable
  public static func - (left: Self, right: Self) -> Int {
    Int(Int64(bitPattern: left.rawValue &- right.rawValue))
  }

  /// True for a non-null address that a pointer to an object with 8-byte alignment can hold in the
  /// user half of x86-64's canonical address space.
  @inlinable
  public var isPlausiblePointer: Bool {
    rawValue & 7 == 0 && rawValue >= 0x1000 && rawValue < 0x0000_8000_0000_0000
  }
}

extension RemoteAddress: CustomStringConvertible {
  public var description: String { "0x" + String(rawValue, radix: 16) }
}
