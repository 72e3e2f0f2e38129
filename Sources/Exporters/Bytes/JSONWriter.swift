/// Writes one JSON document (RFC 8259) as a stream: commas and nesting are its business, values
/// are the caller's.
struct JSONWriter<Sink: ByteSink> {
  private var text = TextBuffer()
  private var sink: Sink
  /// One entry per open array or object: whether it has an element already.
  private var hasElement: [Bool] = []
  private var followsKey = false

  init(sink: Sink) { self.sink = sink }

  /// Writes what is buffered and gives the sink back.
  mutating func finish() -> Sink {
    text.append("\n")
    text.flush(to: &sink)
    return sink
  }

  /// A value that another writer rendered.
  mutating func value(rendered bytes: [UInt8]) {
    separate()
    text.append(bytes: bytes)
    text.flushIfLarge(to: &sink)
  }

  mutating func null() {
    separate()
    text.append("null")
  }

  /// `value / 10^decimals`, exactly.
  mutating func value(fixed value: Int64, decimals: Int) {
    separate()
    text.append(fixed: value, decimals: decimals)
  }

  mutating func object(_ members: (inout Self) -> Void) {
    nest("{", "}", members)
  }

  mutating func array(_ elements: (inout Self) -> Void) {
    nest("[", "]", elements)
  }

  mutating func key(_ name: String) {
    separate()
    append(quoted: name)
    text.append(":")
    followsKey = true
  }

  mutating func value(_ value: String) {
    separate()
    append(quoted: value)
  }

  mutating func value(_ value: Int64) {
    separate()
    text.append(decimal: value)
    text.flushIfLarge(to: &sink)
  }

  mutating func value(_ value: Int) { self.value(Int64(value)) }

  mutating func value(_ value: Bool) {
    separate()
    text.append(value ? "true" : "false")
  }

  /// A number; JSON has no infinities, so these become `null`.
  mutating func value(_ value: Double) {
    separate()
    text.append(value.isFinite ? value.description : "null")
  }

  private mutating func nest(
    _ open: StaticString, _ close: StaticString, _ body: (inout Self) -> Void
  ) {
    separate()
    text.append(open)
    hasElement.append(false)
    body(&self)
    hasElement.removeLast()
    text.append(close)
    text.flushIfLarge(to: &sink)
  }

  private mutating func separate() {
    if followsKey {
      followsKey = false
    } else if let last = hasElement.indices.last {
      if hasElement[last] { text.append(",") }
      hasElement[last] = true
    }
  }

  private mutating func append(quoted string: String) {
    text.append("\"")
    if string.utf8.allSatisfy(\.isPlainJSON) {
      text.append(string)
    } else {
      for scalar in string.unicodeScalars { append(escaped: scalar) }
    }
    text.append("\"")
  }

  /// JSON goes to terminals too: what could steer one, or reorder a line, is written by its number.
  private mutating func append(escaped scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": text.append("\\\"")
    case "\\": text.append("\\\\")
    case "\n": text.append("\\n")
    case _ where scalar.isHarmless: text.append(scalar: scalar)
    default:
      // Two halves beyond the first 65,536 (RFC 8259, 7).
      for unit in UTF16.encode(scalar).unsafelyUnwrapped { append(escaped: unit) }
    }
  }

  private mutating func append(escaped unit: UInt16) {
    let digits: StaticString = "0123456789abcdef"
    text.append("\\u")
    for shift in stride(from: 12, through: 0, by: -4) {
      text.append(byte: digits.utf8Start[Int(unit >> shift & 15)])
    }
  }
}

extension JSONWriter where Sink == MemorySink {
  /// A document that is to become a value of another one.
  static func rendered(_ body: (inout Self) -> Void) -> [UInt8] {
    var json = Self(sink: MemorySink())
    body(&json)
    return json.sink.bytes + json.text.bytes
  }
}

extension JSONWriter {
  mutating func member(_ name: String, _ value: String) {
    key(name)
    self.value(value)
  }

  mutating func member(_ name: String, _ value: Int64) {
    key(name)
    self.value(value)
  }

  mutating func member(_ name: String, _ value: Int) { member(name, Int64(value)) }

  mutating func member(_ name: String, _ value: Bool) {
    key(name)
    self.value(value)
  }

  mutating func member(_ name: String, _ value: Double) {
    key(name)
    self.value(value)
  }

  /// Nanoseconds, written in seconds.
  mutating func member(_ name: String, seconds nanoseconds: Int64) {
    member(name, Double(nanoseconds) / 1e9)
  }
}

extension UInt8 {
  /// True for ASCII that a JSON string holds as it is.
  fileprivate var isPlainJSON: Bool {
    self >= 0x20 && self < 0x7F && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
  }
}
