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

  /// Longest string that is believed to be a name, in characters.
  private static let longest = 1 << 24

  /// Copies a `str` object, in one read if it has no more than `guess` bytes of characters.
  /// Nil if the address holds none that is alive and could be one.
  ///
  /// - Parameter type: of `PyUnicode_Type`; nil if that is not known, or another type will do.
  static func capture(
    at string: RemoteAddress, guess: Int, layout whole: Layout, type: RemoteAddress? = nil,
    memory: inout some RemoteMemory
  ) -> RawString? {
    guard string.isPlausiblePointer else { return nil }
    let size = range(at: string, guess: guess, layout: whole).count
    var copy = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = memory.copyBytes(at: string, into: UnsafeMutableRawBufferPointer(buffer))
    }
    let header = copy.withUnsafeBytes { bytes -> Header? in
      guard whole.isAlive(bytes), type == nil || bytes.pointer(whole.object.type) == type
      else { return nil }
      return Header(bytes, at: string, layout: whole)
    }
    guard let header else { return nil }
    let length = min(header.length, lengthLimit)
    // Every string ends with a zero that its length does not count.
    let byteCount = (length + 1) * header.kind
    let start = header.data - string
    if start >= 0, start <= copy.count, byteCount <= copy.count - start {
      copy.removeLast(copy.count - start - byteCount)
      copy.removeFirst(start)
    } else {
      guard let rest = memory.bytes(at: header.data, count: byteCount) else { return nil }
      copy = rest
    }
    let isTruncated = header.length > length
    guard isTruncated || copy.suffix(header.kind).allSatisfy({ $0 == 0 }) else { return nil }
    copy.removeLast(header.kind)
    guard !header.isASCII || copy.allSatisfy({ $0 < 0x80 }) else { return nil }
    return RawString(kind: header.kind, bytes: copy, isTruncated: isTruncated)
  }

  /// What `capture` reads first.
  static func range(at string: RemoteAddress, guess: Int, layout: Layout) -> AddressRange {
    let headerSize = max(layout.unicode.compactData, layout.unicode.data + 8)
    return AddressRange(start: string, end: string + (headerSize + guess))
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

  /// What `PyASCIIObject` says about the characters; nil if that cannot be.
  private struct Header {
    var length: Int
    var kind: Int
    var isASCII: Bool
    var data: RemoteAddress

    init?(_ bytes: UnsafeRawBufferPointer, at string: RemoteAddress, layout whole: Layout) {
      let layout = whole.unicode
      guard bytes.count >= max(layout.state + 4, layout.data + 8) else { return nil }
      let state = bytes.field(UInt32.self, layout.state)
      let isCompact = state >> UInt32(layout.compactBit) & 1 == 1
      isASCII = state >> UInt32(layout.asciiBit) & 1 == 1
      guard let length = Int(exactly: bytes.word(layout.length)), length <= RawString.longest
      else { return nil }
      self.length = length
      kind = Int(state >> UInt32(layout.kindBit) & 7)
      guard kind == 1 || kind == 2 || kind == 4, !isASCII || kind == 1 else { return nil }
      // `ready`, which 3.12 has abolished, precedes nothing and follows `ascii`.
      if whole.minor <= 11, state >> UInt32(layout.asciiBit + 1) & 1 == 0 { return nil }
      // An interned string was hashed for that; -1 is no hash.
      let isInterned = state & 3 != 0
      if isInterned, bytes.word(layout.length + 8) == UInt64.max { return nil }
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
