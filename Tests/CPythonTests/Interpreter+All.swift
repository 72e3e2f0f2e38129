import Support

extension Interpreter {
  /// Every interpreter here that the reader supports.
  static var all: [Interpreter] {
    if extraAlone { return extra }
    return (8...15).compactMap(Interpreter.minor) + [Interpreter.system].compactMap { $0 }
      + (13...15).compactMap(Interpreter.sid) + (13...15).compactMap(Interpreter.freeThreaded)
      + extra
  }
}
