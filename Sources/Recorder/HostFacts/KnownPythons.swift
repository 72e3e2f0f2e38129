import CPython

/// The CPythons that can be recorded.
public enum KnownPythons {
  /// Minor versions of 3.
  public static var minors: ClosedRange<Int> { PythonVersion.knownMinors }
  /// In words: `3.8 to 3.15`.
  public static var words: String { PythonVersion.known }
}
