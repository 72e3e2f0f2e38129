// Paths, types and constants of the v0 grammar, in the order of The rustc Book.
extension RustName {
  /// `inValue`: generic arguments of a value are written `f::<T>`, of a type `T<U>`.
  mutating func path(inValue: Bool) throws(Invalid) {
    try nested { name throws(Invalid) in try name.pathBody(inValue) }
  }

  private mutating func pathBody(_ inValue: Bool) throws(Invalid) {
    switch UnicodeScalar(try next()) {
    case "C":
      _ = try optionalBase62("s")
      try printIdentifier()
    case "N": try nestedPath(inValue)
    case "M":
      try implementationPath()
      try implementation(hasTrait: false)
    case "X":
      try implementationPath()
      try implementation(hasTrait: true)
    case "Y": try implementation(hasTrait: true)
    case "I":
      try path(inValue: inValue)
      try print(inValue ? "::<" : "<")
      try list(", ") { name throws(Invalid) in try name.genericArgument() }
      try print(">")
    case "B": try backReference { name throws(Invalid) in try name.path(inValue: inValue) }
    default: throw Invalid()
    }
  }

  /// A name inside another: a function of a module, a closure of a function.
  private mutating func nestedPath(_ inValue: Bool) throws(Invalid) {
    let space = try next()
    try path(inValue: inValue)
    let disambiguator = try optionalBase62("s")
    let start = position
    let isNamed = !(try identifier()).bytes.isEmpty
    position = start
    guard Self.isUpper(space) else {
      if isNamed { try print("::") }
      return try printIdentifier()
    }
    switch UnicodeScalar(space) {
    case "C": try print("::{closure")
    case "S": try print("::{shim")
    default: try print("::{\(UnicodeScalar(space))")
    }
    if isNamed { try print(":") }
    try printIdentifier()
    try print("#\(disambiguator)}")
  }

  /// Where an `impl` stands; what it is for says more.
  private mutating func implementationPath() throws(Invalid) {
    _ = try optionalBase62("s")
    let wasSilent = isSilent
    isSilent = true
    try path(inValue: false)
    isSilent = wasSilent
  }

  private mutating func implementation(hasTrait: Bool) throws(Invalid) {
    try print("<")
    try type()
    if hasTrait {
      try print(" as ")
      try path(inValue: false)
    }
    try print(">")
  }

  private mutating func genericArgument() throws(Invalid) {
    if eat("L") {
      try lifetime(try base62())
    } else if eat("K") {
      try constant(inValue: false)
    } else {
      try type()
    }
  }

  /// 0 is an erased lifetime, others count outwards through the binders.
  private mutating func lifetime(_ index: UInt64) throws(Invalid) {
    guard index > 0 else { return try print("'_") }
    guard index <= boundLifetimes else { throw Invalid() }
    let number = boundLifetimes - index
    if number < 26 {
      try print("'\(UnicodeScalar(UInt8(ascii: "a") + UInt8(number)))")
    } else {
      try print("'_\(number)")
    }
  }

  /// `for<'a, 'b>` around what `body` prints.
  private mutating func binder(
    _ body: (inout RustName) throws(Invalid) -> Void
  ) throws(Invalid) {
    let count = try optionalBase62("G")
    guard count <= 64 else { throw Invalid() }
    let before = boundLifetimes
    if count > 0 {
      try print("for<")
      for index in 0..<count {
        if index > 0 { try print(", ") }
        boundLifetimes += 1
        try lifetime(1)
      }
      try print("> ")
    }
    try body(&self)
    boundLifetimes = before
  }

  mutating func type() throws(Invalid) {
    try nested { name throws(Invalid) in try name.typeBody() }
  }

  private mutating func typeBody() throws(Invalid) {
    let tag = UnicodeScalar(try next())
    if let basic = Self.basicTypes[tag] { return try print(basic) }
    switch tag {
    case "R", "Q":
      try print("&")
      if eat("L") {
        let index = try base62()
        if index > 0 {
          try lifetime(index)
          try print(" ")
        }
      }
      if tag == "Q" { try print("mut ") }
      try type()
    case "P", "O":
      try print(tag == "P" ? "*const " : "*mut ")
      try type()
    case "A", "S":
      try print("[")
      try type()
      if tag == "A" {
        try print("; ")
        try constant(inValue: true)
      }
      try print("]")
    case "T":
      try print("(")
      let count = try list(", ") { name throws(Invalid) in try name.type() }
      try print(count == 1 ? ",)" : ")")
    case "F": try binder { name throws(Invalid) in try name.functionType() }
    case "D": try traitObject()
    case "W":
      try type()
      try print(" is ")
      try pattern()
    case "B": try backReference { name throws(Invalid) in try name.type() }
    default:
      position -= 1
      try path(inValue: false)
    }
  }

  /// What narrows a type: a range of values, alternatives of these, or "not null".
  private mutating func pattern() throws(Invalid) {
    switch UnicodeScalar(try next()) {
    case "R":
      try constant(inValue: true)
      try print("..=")
      try constant(inValue: true)
    case "O":
      try list(" | ") { name throws(Invalid) in
        try name.nested { inner throws(Invalid) in try inner.pattern() }
      }
    case "N": try print("!null")
    default: throw Invalid()
    }
  }

  private mutating func functionType() throws(Invalid) {
    if eat("U") { try print("unsafe ") }
    if eat("K") {
      try print("extern \"")
      if eat("C") { try print("C") } else { try abi() }
      try print("\" ")
    }
    try print("fn(")
    try list(", ") { name throws(Invalid) in try name.type() }
    try print(")")
    if eat("u") { return }  // It returns nothing.
    try print(" -> ")
    try type()
  }

  /// `-` is written `_`.
  private mutating func abi() throws(Invalid) {
    let (range, isPunycode) = try identifier()
    guard !isPunycode, !range.isEmpty else { throw Invalid() }
    let underscore = UInt8(ascii: "_")
    try print(bytes: input[range].map { $0 == underscore ? UInt8(ascii: "-") : $0 })
  }

  private mutating func traitObject() throws(Invalid) {
    try print("dyn ")
    try binder { name throws(Invalid) in
      try name.list(" + ") { inner throws(Invalid) in try inner.traitBound() }
    }
    guard eat("L") else { throw Invalid() }
    let index = try base62()
    if index > 0 {
      try print(" + ")
      try lifetime(index)
    }
  }

  /// `Trait<A, Item = B>`: bindings join the generic arguments, if there are any.
  private mutating func traitBound() throws(Invalid) {
    var isOpen = try openPath()
    while eat("p") {
      try print(isOpen ? ", " : "<")
      isOpen = true
      try printIdentifier()
      try print(" = ")
      if eat("K") { try constant(inValue: false) } else { try type() }
    }
    if isOpen { try print(">") }
  }

  /// A path whose generic arguments are not closed yet; true if it has any.
  private mutating func openPath() throws(Invalid) -> Bool {
    if eat("B") {
      var isOpen = false
      try backReference { name throws(Invalid) in
        try name.nested { inner throws(Invalid) in isOpen = try inner.openPath() }
      }
      return isOpen
    }
    guard eat("I") else {
      try path(inValue: false)
      return false
    }
    try path(inValue: false)
    try print("<")
    try list(", ") { name throws(Invalid) in try name.genericArgument() }
    return true
  }

  private static let basicTypes: [UnicodeScalar: String] = [
    "a": "i8", "b": "bool", "c": "char", "d": "f64", "e": "str", "f": "f32", "h": "u8",
    "i": "isize", "j": "usize", "l": "i32", "m": "u32", "n": "i128", "o": "u128", "p": "_",
    "s": "i16", "t": "u16", "u": "()", "v": "...", "x": "i64", "y": "u64", "z": "!",
  ]
}
