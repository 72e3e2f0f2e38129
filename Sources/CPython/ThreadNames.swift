public import SampleTypes

/// Reads what a program calls its threads: `threading._active`, from thread id to
/// `threading.Thread.name`.
public struct ThreadNames: Sendable {
  let runtime: PythonRuntime

  public init(runtime: PythonRuntime) { self.runtime = runtime }

  /// The names of the threads that `threading` knows, by `ThreadState.threadID`; empty if the
  /// program has not imported it. What a running target changes meanwhile is left out.
  public mutating func read(memory: inout some RemoteMemory) -> [UInt64: String] { [:] }
}
