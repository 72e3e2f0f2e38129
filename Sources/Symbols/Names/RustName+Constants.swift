// Constants as generic arguments, "Const Data" in The rustc Book.
extension RustName {
  /// `inValue` is false where an expression needs braces: `Foo<{ [1, 2] }>`.
  mutating func constant(inValue: Bool) throws(Invalid) {
    try nested { name throws(Invalid) in try name.constantBody(inValue) }
  }

  private mutating func constantBody(_ inValue: Bool) throws(Invalid) {
    let tag = UnicodeScalar(try next())
    switch tag {
    case "p": try print("_")
    case "h", "t", "m", "y", "o", "j": try integer()
    case "a", "s", "l", "x", "n", "i":
      if eat("n") { try print("-") }
      try integer()
    case "b":
      switch try hexadecimal() {
      case "0": try print("false")
      case "1": try print("true")
      default: throw Invalid()
      }
    case "c": try character()
    case "B": try backReference { name throws(Invalid) in try name.constant(inValue: inValue) }
    case "R" where eat("e"): try string()
    default:
      if !inValue { try print("{") }
      try compound(tag)
      if !inValue { try print("}") }
    }
  }

  private mutating func compound(_ tag: UnicodeScalar) throws(Invalid) {
    switch tag {
    case "e":
      try print("*")
      try string()
    case "R", "Q":
      try print(tag == "R" ? "&" : "&mut ")
      try constant(inValue: true)
    case "A":
      try print("[")
      try list(", ") { name throws(Invalid) in try name.constant(inValue: true) }
      try print("]")
    case "T":
      try print("(")
      let count = try list(", ") { name throws(Invalid) in try name.constant(inValue: true) }
      try print(count == 1 ? ",)" : ")")
    case "V": try structure()
    default: throw Invalid()
    }
  }

  /// A unit, a tuple, or fields with names.
  private mutating func structure() throws(Invalid) {
    try path(inValue: true)
    if eat("U") { return }
    if eat("T") {
      try print("(")
      try list(", ") { name throws(Invalid) in try name.constant(inValue: true) }
      return try print(")")
    }
    guard eat("S") else { throw Invalid() }
    try print(" { ")
    try list(", ") { name throws(Invalid) in
      _ = try name.optionalBase62("s")
      try name.printIdentifier()
      try name.print(": ")
      try name.constant(inValue: true)
    }
    try print(" }")
  }

  /// Lower-case digits up to `_`, without leading zeros.
  private mutating func hexadecimal() throws(Invalid) -> String {
    let start = position
    while let byte = peek(), byte != UInt8(ascii: "_") {
      guard Self.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) else {
        throw Invalid()
      }
      position += 1
    }
    let digits = input[start..<position].drop { $0 == UInt8(ascii: "0") }
    let isEmpty = start == position
    guard eat("_"), !isEmpty else { throw Invalid() }
    return digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)
  }

  private mutating func integer() throws(Invalid) {
    let digits = try hexadecimal()
    try print(UInt64(digits, radix: 16).map { "\($0)" } ?? "0x" + digits)
  }

  private mutating func character() throws(Invalid) {
    guard let value = UInt32(try hexadecimal(), radix: 16), let scalar = UnicodeScalar(value)
    else { throw Invalid() }
    try print("'" + Self.escaped(scalar, quote: "'") + "'")
  }

  /// The bytes of the text as pairs of digits.
  private mutating func string() throws(Invalid) {
    let start = position
    while let byte = peek(), byte != UInt8(ascii: "_") { position += 1 }
    let digits = input[start..<position]
    guard eat("_"), digits.count % 2 == 0 else { throw Invalid() }
    var bytes: [UInt8] = []
    for index in stride(from: digits.startIndex, to: digits.endIndex, by: 2) {
      let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
      guard let byte = UInt8(pair, radix: 16), pair == pair.lowercased() else { throw Invalid() }
      bytes.append(byte)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Invalid() }
    try print("\"" + text.unicodeScalars.map { Self.escaped($0, quote: "\"") }.joined() + "\"")
  }

  /// As Rust's `char::escape_debug`, but only one kind of quote needs a backslash.
  private static func escaped(_ scalar: UnicodeScalar, quote: UnicodeScalar) -> String {
    switch scalar {
    case "\0": "\\0"
    case "\t": "\\t"
    case "\r": "\\r"
    case "\n": "\\n"
    case "\\": "\\\\"
    case quote: "\\\(scalar)"
    default:
      scalar.properties.generalCategory == .control
        ? "\\u{\(String(scalar.value, radix: 16))}" : String(Character(scalar))
    }
  }
}
