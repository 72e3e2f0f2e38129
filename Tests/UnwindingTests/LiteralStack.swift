import Unwinding

/// A stack written down in a test: words from `start` upwards.
struct LiteralStack {
  let start: UInt64
  var words: [UInt64]

  /// The address of a word.
  func address(_ index: Int) -> UInt64 { start + UInt64(index) * 8 }

  func withBytes<Result>(_ body: (StackBytes) throws -> Result) rethrows -> Result {
    try words.withUnsafeBytes { try body(StackBytes(start: start, bytes: $0)) }
  }
}
