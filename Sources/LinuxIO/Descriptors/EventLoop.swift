import CLinux
import Glibc

/// epoll(7) over a handful of descriptors, each with a number of the caller's choice.
public struct EventLoop: ~Copyable {
  private let descriptor: OwnedDescriptor
  private var events = [epoll_event](repeating: epoll_event(), count: 64)

  public init() throws(SystemError) {
    let result = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard result >= 0 else { throw SystemError(.epollCreate, errno: errno) }
    descriptor = OwnedDescriptor(result)
  }

  /// Reports `token` from `wait` while `fileDescriptor` is readable.
  public func watch(_ fileDescriptor: Int32, token: UInt64) throws(SystemError) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue
    event.data.u64 = token
    guard epoll_ctl(descriptor.rawValue, EPOLL_CTL_ADD, fileDescriptor, &event) == 0 else {
      throw SystemError(.epollControl, errno: errno)
    }
  }

  public func unwatch(_ fileDescriptor: Int32) {
    _ = epoll_ctl(descriptor.rawValue, EPOLL_CTL_DEL, fileDescriptor, nil)
  }

  /// Waits at most `milliseconds` (-1: for ever) and calls `body` with the token of each ready
  /// descriptor. A signal ends the wait early.
  public mutating func wait(milliseconds: Int32, _ body: (UInt64) -> Void) {
    let count = epoll_wait(descriptor.rawValue, &events, Int32(events.count), milliseconds)
    guard count > 0 else { return }
    for index in 0..<Int(count) { body(events[index].data.u64) }
  }
}
