/// A C name that Cython made of a qualified Python name.
///
/// Cython writes the scopes of a function, each with its length, and then its own name
/// (`Cython/Compiler/Symtab.py`, `scope_prefix`; prefixes in `Naming.py`):
/// `__pyx_f_7sklearn_4tree_5_tree_4Tree_predict` is the C function of `sklearn.tree._tree.Tree.predict`.
/// Functions that Python can call have a number before their name: `__pyx_pw_…_4Tree_11predict`.
struct CythonName: Equatable {
  /// `sklearn.tree._tree.Tree.predict`.
  let qualifiedName: String
  /// Which instance of a function of fused types: `0`, or `0_1` for two of them.
  let fusedInstance: String?
  /// True for the function that Python calls, which unpacks the arguments.
  let isEntry: Bool

  /// Nil unless `symbol` can be read in one way only.
  init?(_ symbol: some StringProtocol) {
    guard symbol.hasPrefix("__pyx_"), symbol.utf8.allSatisfy(Self.isIdentifierByte) else {
      return nil
    }
    var rest = Substring(symbol)
    var instance = Self.takeFusedPrefix(&rest)
    guard let role = Self.takeRole(&rest) else { return nil }
    var scopes = Self.takeScopes(&rest)
    guard !scopes.isEmpty, Self.takeNumber(&rest, scopes: &scopes, role) else { return nil }
    if rest.hasPrefix(Self.fusedPrefix) {
      guard instance == nil, let inner = Self.takeFusedInstance(&rest) else { return nil }
      instance = inner
    }
    guard let first = rest.utf8.first, !Self.isDigit(first) else { return nil }
    qualifiedName = (scopes + [rest]).joined(separator: ".")
    fusedInstance = instance
    isEntry = role == .entry
  }

  /// As reports write it; functions that differ only in what Cython made of them stay apart.
  var text: String {
    qualifiedName + (fusedInstance.map { "[fused \($0)]" } ?? "") + (isEntry ? "[entry]" : "")
  }

  /// Whether a module in a file of this name, such as `_tree.so`, is one of its scopes.
  func isOf(module file: String) -> Bool {
    let stem = file.prefix { $0 != "." }
    return qualifiedName.split(separator: ".").dropLast().contains(stem)
  }

  private enum Role: String, CaseIterable {
    /// A `cdef` or `cpdef` function.
    case function = "__pyx_f_"
    case entry = "__pyx_pw_"
    /// What the entry calls once the arguments are unpacked.
    case body = "__pyx_pf_"
  }

  private static let fusedPrefix = "__pyx_fuse_"

  private static func takeRole(_ rest: inout Substring) -> Role? {
    guard let role = Role.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else { return nil }
    rest = rest.dropFirst(role.rawValue.count)
    return role
  }

  /// `__pyx_fuse_0_1` before the prefix of a role.
  private static func takeFusedPrefix(_ rest: inout Substring) -> String? {
    guard rest.hasPrefix(fusedPrefix) else { return nil }
    let tail = rest.dropFirst(fusedPrefix.count)
    let instance = tail.prefix { $0.isNumber || $0 == "_" }
    // The underscores of the next prefix are not part of it.
    let digits = instance.dropLast(2)
    guard instance.hasSuffix("__"), isInstance(digits) else { return nil }
    rest = tail.dropFirst(digits.count)
    return String(digits)
  }

  private static func isInstance(_ text: Substring) -> Bool {
    let numbers = text.split(separator: "_", omittingEmptySubsequences: false)
    return numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }
  }

  /// `__pyx_fuse_0name`. Of `__pyx_fuse_0_1name` nobody can tell whether the name is `_1name`.
  private static func takeFusedInstance(_ rest: inout Substring) -> String? {
    var tail = rest.dropFirst(fusedPrefix.count)
    guard let digits = takeDigits(&tail) else { return nil }
    if tail.first == "_", let second = tail.utf8.dropFirst().first, isDigit(second) { return nil }
    rest = tail
    return digits
  }

  /// `7sklearn_4tree_…`: as many as there are.
  private static func takeScopes(_ rest: inout Substring) -> [Substring] {
    var scopes: [Substring] = []
    while let scope = takeScope(&rest) { scopes.append(scope) }
    return scopes
  }

  private static func takeScope(_ rest: inout Substring) -> Substring? {
    var tail = rest
    guard let digits = takeDigits(&tail), !digits.hasPrefix("0"), let length = Int(digits),
      let first = tail.utf8.first, !isDigit(first),
      let end = tail.index(tail.startIndex, offsetBy: length, limitedBy: tail.endIndex),
      end < tail.endIndex, tail[end] == "_"
    else { return nil }
    let next = tail.index(after: end)
    guard next < tail.endIndex else { return nil }
    rest = tail[next...]
    return tail[..<end]
  }

  /// Drops the number of a function that Python can call; false if none can be told.
  ///
  /// Every body and entry of a scope is numbered in turn, and the first, number 0, has no digits: it
  /// is always a body. So an entry without a number is one whose number was the length of what
  /// follows it, `_5apply_to`, taken for a scope; a body can be either.
  private static func takeNumber(
    _ rest: inout Substring, scopes: inout [Substring], _ role: Role
  ) -> Bool {
    if role == .function || takeDigits(&rest) != nil { return true }
    switch (role, scopes.count) {
    case (.body, 1): return true
    case (.entry, 2...):
      rest = scopes.removeLast() + "_" + rest
      return true
    default: return false
    }
  }

  private static func takeDigits(_ rest: inout Substring) -> String? {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty else { return nil }
    rest = rest.dropFirst(digits.count)
    return String(digits)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private static func isIdentifierByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
