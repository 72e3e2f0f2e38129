/// Why no interpreter can be read.
public enum RuntimeError: Error, Hashable, Sendable {
  /// No mapped file holds a CPython runtime.
  case notFound
  /// There is one, of a version whose layout is not known.
  case unsupported(PythonVersion)
  /// The runtime has no interpreter yet, or not any more: worth another try later.
  case notInitialized(PythonVersion)
  /// The structures contradict the layout of the version that was found.
  case inconsistent(PythonVersion, RuntimeCheck)
}
