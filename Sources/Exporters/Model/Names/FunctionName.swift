import ProfileModel

/// What reports call a function.
struct FunctionName: Equatable {
  /// With the parameter list of C++.
  let full: String
  /// Without it, for where room is scarce.
  let short: String
  /// Scopes and name of a function that Cython compiled; nil for all others.
  let cython: CythonName?

  init(_ function: Function) {
    let parts = function.kind == .native ? CxxName(function.name) : nil
    cython = parts.flatMap { CythonName($0.stem) }
    guard let parts, cython != nil || !parts.parameters.isEmpty else {
      full = function.name
      short = function.name
      return
    }
    let stem = cython?.text ?? String(parts.stem)
    // With the dots of a Python name, `.isra.0` would read as one more of them.
    let clone = parts.clone.hasPrefix(".") ? " [clone \(parts.clone)]" : parts.clone
    full = stem + parts.parameters + clone
    short = stem + clone
  }
}
