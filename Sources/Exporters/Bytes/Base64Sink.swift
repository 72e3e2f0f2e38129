/// Writes what it is given in base 64 (RFC 4648) and hands it on.
struct Base64Sink<Sink: ByteSink>: ByteSink {
  private var sink: Sink
  private var text = TextBuffer()
  /// Up to two bytes that do not fill a group of three yet.
  private var rest: [UInt8] = []

  init(_ sink: Sink) { self.sink = sink }

  mutating func write(_ bytes: Span<UInt8>) {
    for index in bytes.indices {
      rest.append(bytes[index])
      if rest.count == 3 { appendGroup() }
    }
    text.flushIfLarge(to: &sink)
  }

  /// Writes the end and gives the sink back.
  mutating func finish() -> Sink {
    let missing = 3 - rest.count
    if missing < 3 {
      rest.append(contentsOf: repeatElement(0, count: missing))
      appendGroup()
      text.truncate(to: text.count - missing)
      for _ in 0..<missing { text.append("=") }
    }
    text.flush(to: &sink)
    return sink
  }

  private mutating func appendGroup() {
    let digits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    let group = UInt32(rest[0]) << 16 | UInt32(rest[1]) << 8 | UInt32(rest[2])
    for shift in [18, 12, 6, 0] as [UInt32] {
      text.append(byte: digits.utf8Start[Int(group >> shift & 63)])
    }
    rest.removeAll(keepingCapacity: true)
  }
}
