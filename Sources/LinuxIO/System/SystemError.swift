/// A system call that failed, with the errno that it gave.
public struct SystemError: Error, Equatable, Sendable {
  /// Name of the call: `perf_event_open`, `ptrace(PTRACE_SEIZE)`.
  public var operation: String
  public var errno: Int32

  public init(_ operation: String, errno: Int32) {
    self.operation = operation
    self.errno = errno
  }

  /// Turns the result convention of CLinux (`-errno` on failure) into a value or an error.
  @discardableResult
  public static func check(_ result: Int, _ operation: String) throws(SystemError) -> Int {
    guard result < 0 else { return result }
    throw SystemError(operation, errno: Int32(-result))
  }
}
