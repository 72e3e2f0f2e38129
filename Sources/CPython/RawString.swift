import SampleTypes

/// The characters of a Python string as the target holds them.
struct RawString: Hashable, Sendable {
  /// Bytes per character: 1 is Latin-1, 2 is UCS-2, 4 is UCS-4.
  var kind: Int
  var bytes: [UInt8]
  /// True where the string was longer than `lengthLimit`.
  var isTruncated: Bool

  /// Longest string that is kept, in characters: names and paths are shorter (PATH_MAX is 4096).
  static let lengthLimit = 4096

  static let empty = RawString(kind: 1, bytes: [], isTruncated: false)

  /// Copies a `str` object, in one read if it has no more than `guess` bytes of characters.
  /// Nil if the address holds none.
  static func capture(
    at string: RemoteAddress, guess: Int, layout: Layout.Unicode,
    memory: inout some RemoteMemory
  ) -> RawString? {
    guard string.isPlausiblePointer else { return nil }
    let headerSize = max(layout.compactData, layout.data + 8)
    var copy = [UInt8](unsafeUninitializedCapacity: headerSize + guess) { buffer, count in
      count = memory.copyBytes(at: string, into: UnsafeMutableRawBufferPointer(buffer))
    }
    guard let header = copy.withUnsafeBytes({ Header($0, at: string, layout: layout) })
    else { return nil }
    let length = min(header.length, lengthLimit)
    let byteCount = length * header.kind
    let start = header.data - string
    if start >= 0, start <= copy.count, byteCount <= copy.count - start {
      copy.removeLast(copy.count - start - byteCount)
      copy.removeFirst(start)
    } else {
      guard let rest = memory.bytes(at: header.data, count: byteCount) else { return nil }
      copy = rest
    }
    return RawString(kind: header.kind, bytes: copy, isTruncated: header.length > length)
  }

  func decode() -> String {
    var text = ""
    text.reserveCapacity(bytes.count)
    for start in stride(from: 0, to: bytes.count - kind + 1, by: kind) {
      var value: UInt32 = 0
      for index in 0..<kind { value |= UInt32(bytes[start + index]) << UInt32(8 * index) }
      // A lone surrogate is a valid character of a Python string.
      text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
    }
    if isTruncated { text += "…" }
    return text
  }

  /// What `PyASCIIObject` says about the characters.
  private struct Header {
    var length: Int
    var kind: Int
    var data: RemoteAddress

    init?(_ bytes: UnsafeRawBufferPointer, at string: RemoteAddress, layout: Layout.Unicode) {
      guard bytes.count >= layout.state + 4 else { return nil }
      let state = bytes.field(UInt32.self, layout.state)
      let isCompact = state >> UInt32(layout.compactBit) & 1 == 1
      let isASCII = state >> UInt32(layout.asciiBit) & 1 == 1
      guard let length = Int(exactly: bytes.word(layout.length)) else { return nil }
      self.length = length
      kind = Int(state >> UInt32(layout.kindBit) & 7)
      guard kind == 1 || kind == 2 || kind == 4 else { return nil }
      data =
        isCompact
        ? string + (isASCII ? layout.asciiData : layout.compactData) : bytes.pointer(layout.data)
    }
  }
}

extension RawString {
  /// True if it is this ASCII text.
  func equals(_ text: StaticString) -> Bool {
    guard kind == 1, !isTruncated, bytes.count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { $0.elementsEqual(bytes) }
  }
}
