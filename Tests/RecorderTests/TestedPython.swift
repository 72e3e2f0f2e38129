import Recorder
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
      try Test.cancel("\(name) is not there: the recorder is not tested with it")
    }
    return installed
  }

  /// What the test matrix runs: every version that hyflame knows, built in different ways.
  static let all =
    Interpreter.extraAlone
    ? extra
    : KnownPythons.minors.filter { $0 <= 13 }.map(version) + [system] + inSid.map(sid)
      + freeThreaded
      + extra

  /// A few, for tests that are about threads and processes more than about interpreters.
  static let few = Interpreter.extraAlone ? extra : (11...13).map(version) + [system]

  static func version(_ minor: Int) -> TestedPython {
    TestedPython(name: "Python 3.\(minor)", installed: .minor(minor))
  }

  static let system = TestedPython(name: "the system's Python", installed: .system)

  /// What `HYFLAME_TEST_PYTHONS` names.
  static let extra = Interpreter.extra.map { TestedPython(name: $0.path, installed: $0) }

  /// Debian's unstable suite has had these, and builds without a GIL have been made of them.
  static let inSid = 13...KnownPythons.minors.upperBound

  static let freeThreaded = inSid.map { minor in
    TestedPython(name: "Python 3.\(minor)t", installed: .freeThreaded(minor))
  }

  /// Runs chrooted, from a tree that a script makes.
  static func sid(_ minor: Int) -> TestedPython {
    TestedPython(
      name: "Debian sid's Python 3.\(minor) (Scripts/make-debian-pythons.sh; root)",
      installed: .sid(minor))
  }

  /// Where one interpreter is as good as the other: the first that there is.
  static func any() throws -> Interpreter {
    guard let first = few.lazy.compactMap(\.installed).first else {
      try Test.cancel("no Python is installed: the recorder is not tested")
    }
    return first
  }
}
