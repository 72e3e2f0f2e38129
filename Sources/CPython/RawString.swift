/// The characters of a Python string as the target holds them.
struct RawString: Hashable, Sendable {
  /// Bytes per character: 1 is Latin-1, 2 is UCS-2, 4 is UCS-4.
  var kind: Int
  var bytes: [UInt8]
  /// True where the string was longer than the limit.
  var isTruncated: Bool

  static let empty = RawString(kind: 1, bytes: [], isTruncated: false)

  func decode() -> String { "" }
}
