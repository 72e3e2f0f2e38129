import CElfutils
import Glibc

/// The source-level name of a linker symbol: C++ and Rust (legacy mangling) are demangled,
/// everything else is returned as it is.
func demangled(_ symbol: String) -> String {
  guard symbol.hasPrefix("_Z"), symbol.utf8.count <= maximumMangledLength,
    let name = itaniumDemangled(symbol)
  else { return symbol }
  return strippedRustHash(name) ?? name
}

/// The demangler's time and output can grow much faster than its input, and the input is the
/// target's; the longest symbols of LLVM and PyTorch stay below this.
private let maximumMangledLength = 8192

private func itaniumDemangled(_ symbol: String) -> String? {
  var status: Int32 = 0
  guard let name = __cxa_demangle(symbol, nil, nil, &status) else { return nil }
  defer { free(name) }
  return status == 0 ? String(cString: name) : nil
}

/// Rust's legacy mangling is Itanium's with a last component `h` + 16 hexadecimal digits and with
/// `$…$` for characters that assemblers refuse; nil if `name` is not of that form.
private func strippedRustHash(_ name: String) -> String? {
  let hash = name.utf8.suffix(19)
  guard hash.count == 19, hash.starts(with: "::h".utf8),
    hash.dropFirst(3).allSatisfy(isHexadecimalDigit)
  else { return nil }
  var result = ""
  var rest = name.dropLast(19)
  while let character = rest.first {
    if let (escape, meaning) = rustEscapes.first(where: { rest.hasPrefix($0.escape) }) {
      result += meaning
      rest = rest.dropFirst(escape.count)
    } else {
      result.append(character)
      rest.removeFirst()
    }
  }
  return result
}

private let rustEscapes: [(escape: String, meaning: String)] = [
  ("_$", "$"), ("$LT$", "<"), ("$GT$", ">"), ("$RF$", "&"), ("$BP$", "*"), ("$LP$", "("),
  ("$RP$", ")"), ("$C$", ","), ("$SP$", "@"), ("$u20$", " "), ("$u27$", "'"), ("$u5b$", "["),
  ("$u5d$", "]"), ("$u7b$", "{"), ("$u7d$", "}"), ("$u7e$", "~"), ("..", "::"),
]

private func isHexadecimalDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}
