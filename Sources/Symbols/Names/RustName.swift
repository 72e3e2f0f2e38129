/// Decodes Rust's v0 mangling (RFC 2603, and "v0 Symbol Format" in The rustc Book), without crate
/// hashes and types of constants.
///
/// Our own, because nothing that could be linked is both small and free of undefined behaviour: the
/// decoder of libiberty is to be had as a static archive only, LLVM's as part of a library of a
/// hundred megabytes. A symbol is the target's: depth, work and length of the result are bounded.
struct RustName {
  let input: UnsafeBufferPointer<UInt8>
  var position = 0
  var output: [UInt8] = []
  /// Lifetimes bound by the `for<…>` around the current place.
  var boundLifetimes: UInt64 = 0
  /// True while something is parsed that the name does not show.
  var isSilent = false
  private var depth = 0
  private var work = 0

  private static let depthLimit = 160
  private static let workLimit = 20_000
  private static let outputLimit = 16_384

  /// The symbol is not of this mangling, or hits a limit.
  struct Invalid: Error {}

  /// The source-level name of `_R…`; nil for any other symbol.
  static func demangled(_ symbol: String) -> String? {
    var symbol = symbol
    return symbol.withUTF8 { bytes -> String? in
      guard bytes.starts(with: "_R".utf8), bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
      // Compilers append `.llvm.1234` and the like.
      let end = bytes.firstIndex(of: UInt8(ascii: ".")) ?? bytes.count
      var name = RustName(input: UnsafeBufferPointer(rebasing: bytes[2..<end]))
      guard (try? name.symbol()) != nil else { return nil }
      let suffix = bytes[end...]
      let isNoise = suffix.starts(with: ".llvm.".utf8)
      return String(decoding: name.output + (isNoise ? [] : Array(suffix)), as: UTF8.self)
    }
  }

  private init(input: UnsafeBufferPointer<UInt8>) { self.input = input }

  private mutating func symbol() throws(Invalid) {
    // A version number would follow `_R`; none but the first, which is not written, exists.
    guard let first = peek(), Self.isUpper(first) else { throw Invalid() }
    try path(inValue: true)
    guard position < input.count else { return }
    isSilent = true  // The crate that instantiated it.
    try path(inValue: false)
    guard position == input.count else { throw Invalid() }
  }
}

// MARK: - Reading
extension RustName {
  func peek() -> UInt8? { position < input.count ? input[position] : nil }

  mutating func next() throws(Invalid) -> UInt8 {
    guard let byte = peek() else { throw Invalid() }
    position += 1
    return byte
  }

  mutating func eat(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// `_` is 0, `0_` is 1, and so on.
  mutating func base62() throws(Invalid) -> UInt64 {
    if eat("_") { return 0 }
    var value: UInt64 = 0
    while !eat("_") {
      let byte = try next()
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A") + 36
      default: throw Invalid()
      }
      let (product, overflow) = value.multipliedReportingOverflow(by: 62)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      if overflow || carry { throw Invalid() }
      value = sum
    }
    if value == .max { throw Invalid() }
    return value + 1
  }

  /// 0 where the tag is missing, else one more than the number behind it.
  mutating func optionalBase62(_ tag: Unicode.Scalar) throws(Invalid) -> UInt64 {
    guard eat(tag) else { return 0 }
    let value = try base62()
    if value == .max { throw Invalid() }
    return value + 1
  }

  /// Bytes of an identifier, and whether they are Punycode.
  mutating func identifier() throws(Invalid) -> (bytes: Range<Int>, isPunycode: Bool) {
    let isPunycode = eat("u")
    var length = Int(try decimalDigit())
    if length > 0 {
      while let byte = peek(), Self.isDigit(byte) {
        length = length * 10 + Int(try decimalDigit())
        if length > input.count { throw Invalid() }
      }
    }
    _ = eat("_")  // Separates the length from a name that begins with a digit or `_`.
    guard length <= input.count - position else { throw Invalid() }
    defer { position += length }
    return (position..<position + length, isPunycode)
  }

  private mutating func decimalDigit() throws(Invalid) -> UInt8 {
    let byte = try next()
    guard Self.isDigit(byte) else { throw Invalid() }
    return byte - UInt8(ascii: "0")
  }

  /// Runs `body` at the place that a back reference names.
  mutating func backReference(
    _ body: (inout RustName) throws(Invalid) -> Void
  ) throws(Invalid) {
    let start = position - 1
    let target = try base62()
    guard target < UInt64(start) else { throw Invalid() }
    if isSilent { return }
    let end = position
    position = Int(target)
    try body(&self)
    position = end
  }

  /// Bounds what hostile nesting and back references can cost.
  mutating func nested(_ body: (inout RustName) throws(Invalid) -> Void) throws(Invalid) {
    depth += 1
    work += 1
    guard depth <= Self.depthLimit, work <= Self.workLimit else { throw Invalid() }
    try body(&self)
    depth -= 1
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  static func isUpper(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
  }
}

// MARK: - Printing
extension RustName {
  mutating func print(_ text: String) throws(Invalid) { try print(bytes: text.utf8) }

  mutating func print(bytes: some Collection<UInt8>) throws(Invalid) {
    if isSilent { return }
    guard output.count + bytes.count <= Self.outputLimit else { throw Invalid() }
    output.append(contentsOf: bytes)
  }

  mutating func printIdentifier() throws(Invalid) {
    let (range, isPunycode) = try identifier()
    let bytes = UnsafeBufferPointer(rebasing: input[range])
    guard isPunycode else { return try print(bytes: bytes) }
    guard let text = punycodeDecoded(bytes) else { throw Invalid() }
    try print(text)
  }

  /// Repeats `body` until `E`, with `separator` in between; returns how often.
  @discardableResult
  mutating func list(
    _ separator: String, _ body: (inout RustName) throws(Invalid) -> Void
  ) throws(Invalid) -> Int {
    var count = 0
    while !eat("E") {
      if count > 0 { try print(separator) }
      try body(&self)
      count += 1
    }
    return count
  }
}
