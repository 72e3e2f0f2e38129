public import SampleTypes

/// Finds the CPython runtime of a process.
public enum RuntimeLocator {
  /// Finds the runtime, its version and its layout, and checks that they fit together.
  ///
  /// - Throws: `notInitialized` while the interpreter starts or after it has ended: the caller may
  ///   try again later.
  public static func locate(
    symbols: inout some SymbolLookup, memory: inout some RemoteMemory
  ) throws(RuntimeError) -> PythonRuntime {
    throw .notFound
  }
}
