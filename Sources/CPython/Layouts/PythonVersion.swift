/// A CPython release, such as 3.11.7, or what came before one, such as 3.15.0rc2.
public struct PythonVersion: Hashable, Comparable, Sendable {
  public var major: Int
  public var minor: Int
  public var micro: Int
  /// The lowest byte of `PY_VERSION_HEX` (Include/patchlevel.h): the level, 0xA to 0xC before a release
  /// and 0xF for one, and a serial number.
  public var level: UInt8

  public init(major: Int, minor: Int, micro: Int, level: UInt8 = Self.released) {
    self.major = major
    self.minor = minor
    self.micro = micro
    self.level = level
  }

  public static let released: UInt8 = 0xf0

  /// From `PY_VERSION_HEX`: major, minor and micro are its three highest bytes of four. Nil for a value
  /// that no CPython has.
  public init?(hex: UInt64) {
    guard hex >> 32 == 0 else { return nil }
    self.init(
      major: Int(hex >> 24 & 0xff), minor: Int(hex >> 16 & 0xff), micro: Int(hex >> 8 & 0xff),
      level: UInt8(hex & 0xff))
    guard major == 2 || major == 3, minor < 64 else { return nil }
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor, left.micro, left.level)
      < (right.major, right.minor, right.micro, right.level)
  }
}

extension PythonVersion {
  /// The minor versions of 3 whose structures are known.
  public static let knownMinors: ClosedRange<Int> = {
    let minors = Layout.tables.map(\.minor)
    return minors.min()!...minors.max()!
  }()

  /// The same in words: `3.8 to 3.15`.
  public static var known: String { "3.\(knownMinors.lowerBound) to 3.\(knownMinors.upperBound)" }
}

extension PythonVersion: CustomStringConvertible {
  public var description: String { "\(major).\(minor).\(micro)\(suffix)" }

  private var suffix: String {
    let names: [UInt8: String] = [0xa: "a", 0xb: "b", 0xc: "rc"]
    return names[level >> 4].map { "\($0)\(level & 0xf)" } ?? ""
  }
}
