extension PythonVersion {
  /// From a path such as `/usr/lib/libpython3.8.so.1.0`, `/usr/bin/python3.11` or
  /// `…/lib/python3.9/lib-dynload/x.cpython-39-….so`: major and minor, micro 0.
  init?(inPath path: String, major: Int = 3) {
    let bytes = Array(path.utf8)
    let word = Array("python\(major).".utf8)
    guard bytes.count > word.count else { return nil }
    for start in 0..<(bytes.count - word.count) where bytes[start...].starts(with: word) {
      guard let minor = Self.number(bytes, at: start + word.count) else { continue }
      self.init(major: major, minor: minor.value, micro: 0)
      return
    }
    return nil
  }

  /// From the text that `Py_GetVersion` builds: `3.8.18 (default, Aug  1 2023, 10:00:00) …`, with
  /// `+`, `a1`, `b2` or `rc1` after the number where it is no release. Other programs have such texts
  /// too: one of any version must go on with a time and a compiler in brackets.
  init?(inText bytes: UnsafeRawBufferPointer, major: Int = 3, minor expected: Int?) {
    var start = 0
    while start + 6 < bytes.count {
      defer { start += 1 }
      guard bytes[start] == UInt8(ascii: "0") + UInt8(major), bytes[start + 1] == UInt8(ascii: "."),
        start == 0 || bytes[start - 1] == 0,
        let minor = Self.number(bytes, at: start + 2), expected == nil || minor.value == expected,
        minor.end < bytes.count, bytes[minor.end] == UInt8(ascii: "."),
        let micro = Self.number(bytes, at: minor.end + 1),
        let level = Self.level(bytes, at: micro.end),
        expected != nil || Self.namesCompiler(bytes, from: micro.end)
      else { continue }
      self.init(major: major, minor: minor.value, micro: micro.value, level: level)
      return
    }
    return nil
  }

  /// The level by the suffix behind the three numbers; nil if no " (" follows it.
  private static func level(_ bytes: UnsafeRawBufferPointer, at start: Int) -> UInt8? {
    var end = start
    while end < min(bytes.count, start + 6), bytes[end] != UInt8(ascii: " ") { end += 1 }
    guard end + 1 < bytes.count, bytes[end] == UInt8(ascii: " "),
      bytes[end + 1] == UInt8(ascii: "(")
    else { return nil }
    for (text, level) in [("a", 0xa0), ("b", 0xb0), ("rc", 0xc0)] as [(String, UInt8)]
    where bytes[start..<end].starts(with: text.utf8) {
      return level | UInt8(number(bytes, at: start + text.utf8.count)?.value ?? 0) & 0xf
    }
    return released
  }

  /// True if `…) [` or, up to 3.9, `…) \n[` follows in the same text.
  private static func namesCompiler(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
    var last: UInt8 = 0
    for position in start..<min(bytes.count, start + Self.textLimit) {
      let byte = bytes[position]
      if byte == 0 { return false }
      let isBehindSpace = last == UInt8(ascii: " ") || last == UInt8(ascii: "\n")
      if byte == UInt8(ascii: "["), isBehindSpace { return true }
      last = byte
    }
    return false
  }

  /// `Py_GetVersion` cuts each of its parts at 80 characters.
  private static let textLimit = 100

  private static func number(
    _ bytes: some RandomAccessCollection<UInt8>, at start: Int
  ) -> (value: Int, end: Int)? {
    var value = 0
    var end = start
    while end < bytes.count, end < start + 3 {
      let byte = bytes[bytes.index(bytes.startIndex, offsetBy: end)]
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
      value = 10 * value + Int(byte - UInt8(ascii: "0"))
      end += 1
    }
    return end > start ? (value, end) : nil
  }
}
