import CLinux
import Glibc

/// A thread that runs a closure (pthread_create(3)).
public struct WorkThread: Sendable {
  private let identifier: pthread_t

  private static let stackBytes = 8 << 20

  /// Starts it. Fails where a limit on processes or a filter refuses another thread.
  public init(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    let box = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    // As large as it usually is, whatever `ulimit -s` says: demanglers recurse, and a thread with 64 KiB would crash.
    pthread_attr_setstacksize(&attributes, Self.stackBytes)
    defer { pthread_attr_destroy(&attributes) }
    let result = pthread_create(
      &thread, &attributes,
      { argument in
        Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    guard result == 0 else {
      box.release()
      throw SystemError(.startThread, errno: result)
    }
    identifier = thread
  }

  public func join() { pthread_join(identifier, nil) }

  /// In place of `join`: nobody waits for its end.
  public func detach() { pthread_detach(identifier) }

  public func signal(_ number: Int32) { pthread_kill(identifier, number) }

  private final class Body: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
