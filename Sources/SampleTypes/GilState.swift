/// Where a thread was with respect to its interpreter's GIL at one instant.
public enum GilState: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  /// The thread holds it.
  case held
  /// The thread has a Python state and has let the GIL go.
  case released
  /// The thread is inside the interpreter's wait for it.
  case waiting
  /// The thread has no Python state: a BLAS, OpenMP or gRPC worker.
  case none
  /// Nothing of the Python side could be read, so that it may have been any of the others.
  case unknown
}
