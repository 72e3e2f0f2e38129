/// A CPython release, such as 3.11.7.
public struct PythonVersion: Hashable, Comparable, Sendable {
  public var major: Int
  public var minor: Int
  public var micro: Int

  public init(major: Int, minor: Int, micro: Int) {
    self.major = major
    self.minor = minor
    self.micro = micro
  }

  /// From `PY_VERSION_HEX`: major, minor and micro are its three highest bytes of four; the lowest
  /// holds the release level. Nil for a value that no CPython has.
  public init?(hex: UInt64) {
    guard hex >> 32 == 0 else { return nil }
    self.init(
      major: Int(hex >> 24 & 0xff), minor: Int(hex >> 16 & 0xff), micro: Int(hex >> 8 & 0xff))
    guard major == 2 || major == 3, minor < 64 else { return nil }
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor, left.micro) < (right.major, right.minor, right.micro)
  }
}

extension PythonVersion: CustomStringConvertible {
  public var description: String { "\(major).\(minor).\(micro)" }
}
