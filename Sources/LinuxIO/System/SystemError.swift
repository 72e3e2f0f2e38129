/// A system call that failed, with the errno that it gave.
public struct SystemError: Error, Equatable, Sendable {
  public var call: SystemCall
  public var errno: Int32

  public init(_ call: SystemCall, errno: Int32) {
    self.call = call
    self.errno = errno
  }

  /// Turns the result convention of CLinux (`-errno` on failure) into a value or an error.
  @discardableResult
  public static func check(_ result: Int, _ call: SystemCall) throws(SystemError) -> Int {
    guard result < 0 else { return result }
    throw SystemError(call, errno: Int32(-result))
  }
}
