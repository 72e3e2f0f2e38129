import CLinux
import Glibc

/// An eventfd(2): one thread rings, another wakes.
public struct EventDescriptor: ~Copyable, Sendable {
  public let rawValue: Int32

  public init() throws(SystemError) {
    let result = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard result >= 0 else { throw SystemError(.eventfd, errno: errno) }
    rawValue = result
  }

  deinit { close(rawValue) }

  public func ring() { _ = eventfd_write(rawValue, 1) }

  /// Blocks until it rings.
  public func wait() {
    var descriptor = pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0)
    while poll(&descriptor, 1, -1) < 0 && errno == EINTR {}
  }

  public func silence() {
    var value: eventfd_t = 0
    _ = eventfd_read(rawValue, &value)
  }
}
