/// UTF-8 text under construction: strings, decimals and padding are appended as bytes, so that a
/// line of output costs no `String`.
struct TextBuffer {
  private(set) var bytes: [UInt8] = []

  var count: Int { bytes.count }

  mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  mutating func append(_ text: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(byte: UInt8) {
    bytes.append(byte)
  }

  mutating func append(bytes more: some Collection<UInt8>) {
    bytes.append(contentsOf: more)
  }

  mutating func replaceByte(at index: Int, with byte: UInt8) {
    bytes[index] = byte
  }

  /// Drops what follows the first `count` bytes.
  mutating func truncate(to count: Int) {
    bytes.removeLast(bytes.count - count)
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  /// Hands everything to `sink`.
  mutating func flush(to sink: inout some ByteSink) {
    sink.write(bytes.span)
    removeAll()
  }

  /// Hands everything to `sink` once there is enough to be worth a write.
  mutating func flushIfLarge(to sink: inout some ByteSink) {
    if bytes.count >= 1 << 16 { flush(to: &sink) }
  }
}
