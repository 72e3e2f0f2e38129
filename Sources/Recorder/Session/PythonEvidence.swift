/// Whether a process has run Python, as far as is known.
enum PythonEvidence {
  /// Nobody has looked, or too early to say.
  case unknown
  case none
  case some

  /// Counts a look for an interpreter. A program named like one loads it late, perhaps only after this look.
  mutating func add(isFound: Bool, executable: String?) {
    guard self != .some else { return }
    if isFound {
      self = .some
    } else if let name = executable?.split(separator: "/").last {
      self = name.hasPrefix("python") ? .unknown : .none
    }
  }
}
