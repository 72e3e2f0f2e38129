/// What a thread has to do with its interpreter's GIL at one instant.
public enum GilState: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  /// The thread holds it.
  case held
  /// The thread has a Python state and has let the GIL go.
  case released
  /// The thread is inside the interpreter's wait for it.
  case waiting
  /// The thread has no Python state: a BLAS, OpenMP or gRPC worker.
  case none
}
