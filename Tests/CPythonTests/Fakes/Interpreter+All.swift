import CPython
import Support

extension Interpreter {
  /// Every interpreter here that the reader supports.
  static var all: [Interpreter] {
    if extraAlone { return extra }
    return (PythonVersion.knownMinors).compactMap(Interpreter.minor)
      + [Interpreter.system].compactMap { $0 }
      + PythonVersion.minors(from: 13).compactMap(Interpreter.sid)
      + PythonVersion.minors(from: 13).compactMap(Interpreter.freeThreaded)
      + extra
  }
}

extension PythonVersion {
  /// The minor versions that are known, without those before `first`.
  static func minors(from first: Int) -> ClosedRange<Int> { first...knownMinors.upperBound }
}
