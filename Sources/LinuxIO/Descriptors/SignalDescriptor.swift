import CLinux
import Glibc

/// Signals as bytes to read: blocks them for the calling thread, and for every thread made after,
/// and queues them on a signalfd(2).
public struct SignalDescriptor: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor

  public var rawValue: Int32 { descriptor.rawValue }

  /// Call before any other thread exists, so that none is left to take the signals.
  public init(signals: [Int32]) throws(SystemError) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    let result = signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    guard result >= 0 else { throw SystemError(.signalfd, errno: errno) }
    descriptor = OwnedDescriptor(result)
  }

  /// A signal that was taken.
  public struct Arrival: Sendable {
    public var number: Int32
    /// True if the terminal (the kernel) sent it, to the whole foreground process group.
    public var isFromTerminal: Bool
  }

  /// Blocks until a signal has arrived, or for so long.
  public func wait(milliseconds: Int32) {
    var descriptor = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
    while poll(&descriptor, 1, milliseconds) < 0 && errno == EINTR {}
  }

  /// The next signal that arrived, or nil.
  public func next() -> Arrival? {
    var info = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    guard read(descriptor.rawValue, &info, size) == size else { return nil }
    let fromKernel: Int32 = 0x80  // SI_KERNEL, sigaction(2)
    return Arrival(number: Int32(info.ssi_signo), isFromTerminal: info.ssi_code == fromKernel)
  }
}
