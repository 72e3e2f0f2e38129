import Support
import Testing

/// An interpreter that the recorder is tested with, whether this machine has it or not.
struct TestedPython: Sendable, CustomTestStringConvertible {
  let name: String
  private let installed: Interpreter?

  var testDescription: String { name }

  /// The interpreter; cancels the test case, and says so, where it is missing.
  func interpreter() throws -> Interpreter {
    guard let installed else {
      try Test.cancel("\(name) is not installed: the recorder is not tested with it")
    }
    return installed
  }

  static let all =
    [11, 12, 13].map { TestedPython(name: "Python 3.\($0)", installed: .minor($0)) }
    + [TestedPython(name: "the system's Python", installed: .system)]
    + Interpreter.extra.map { TestedPython(name: $0.path, installed: $0) }

  /// Where one interpreter is as good as the other: the first that there is.
  static func any() throws -> Interpreter {
    guard let first = all.lazy.compactMap(\.installed).first else {
      try Test.cancel("no Python is installed: the recorder is not tested")
    }
    return first
  }
}
