import CElfutils
import Glibc

/// The source-level name of a linker symbol: C++ and Rust (both manglings) are demangled,
/// everything else is returned as it is.
func demangled(_ symbol: String) -> String {
  guard symbol.utf8.count <= maximumMangledLength else { return symbol }
  if let name = RustName.demangled(symbol) { return name }
  guard symbol.hasPrefix("_Z") else { return symbol }
  if let name = legacyRustDemangled(symbol) { return name }
  return itaniumDemangled(symbol) ?? symbol
}

/// The source-level name of a linker symbol, as frames have it.
public func sourceName(ofSymbol symbol: String) -> String { demangled(symbol) }

/// The demangler's time and output can grow much faster than its input, and the input is the
/// target's; the longest symbols of LLVM and PyTorch stay below this.
private let maximumMangledLength = 8192

/// libiberty's, which is c++filt's. Nil also where the name is longer than anybody would read.
private func itaniumDemangled(_ symbol: String) -> String? {
  var count = -1
  let bytes = [UInt8](unsafeUninitializedCapacity: maximumDemangledLength) { buffer, initialized in
    buffer.withMemoryRebound(to: CChar.self) {
      count = hyflame_demangle(symbol, $0.baseAddress, $0.count)
    }
    initialized = max(0, count)
  }
  return count < 0 ? nil : String(decoding: bytes, as: UTF8.self)
}

private let maximumDemangledLength = 1 << 16

/// Rust's legacy mangling is Itanium's nested name with a last component `h` + 16 hexadecimal digits
/// and with `$…$` for characters that assemblers refuse; nil if `symbol` is not of that form.
private func legacyRustDemangled(_ symbol: String) -> String? {
  guard symbol.hasPrefix("_ZN") else { return nil }
  var rest = symbol.dropFirst(3)
  var components: [Substring] = []
  while rest.first != "E" {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard let length = Int(digits), length > 0 else { return nil }
    rest = rest.dropFirst(digits.count)
    let component = rest.prefix(length)
    guard component.utf8.count == length else { return nil }
    components.append(component)
    rest = rest.dropFirst(length)
  }
  guard components.count > 1, let hash = components.popLast()?.utf8, hash.count == 17,
    hash.first == UInt8(ascii: "h"), hash.dropFirst().allSatisfy(isHexadecimalDigit)
  else { return nil }
  // What compilers append: `.llvm.1234` says nothing, `.cold` does.
  let suffix = rest.dropFirst()
  guard suffix.isEmpty || suffix.hasPrefix(".") else { return nil }
  let name = components.map(unescapedRust).joined(separator: "::")
  return suffix.hasPrefix(".llvm.") ? name : name + suffix
}

private func unescapedRust(_ component: Substring) -> String {
  var rest = component
  // A component must not begin with `$`.
  if rest.hasPrefix("_$") { rest.removeFirst() }
  var result = ""
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
  ("$LT$", "<"), ("$GT$", ">"), ("$RF$", "&"), ("$BP$", "*"), ("$LP$", "("),
  ("$RP$", ")"), ("$C$", ","), ("$SP$", "@"), ("$u20$", " "), ("$u22$", "\""), ("$u27$", "'"),
  ("$u2b$", "+"), ("$u3b$", ";"), ("$u5b$", "["), ("$u5d$", "]"), ("$u7b$", "{"),
  ("$u7d$", "}"), ("$u7e$", "~"), ("..", "::"),
]

private func isHexadecimalDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}
