import Foundation
import Synchronization

/// Ends the test process, with a sentence, if nothing is noticed for a while: a hang would otherwise end
/// only with the whole run's patience.
public final class HangWatchdog: Sendable {
  private let state: Mutex<Date?>

  public init(seconds: Double, what: String) {
    state = Mutex(Date())
    Thread { [self] in
      while let last = state.withLock({ $0 }) {
        guard Date().timeIntervalSince(last) < seconds else {
          fatalError("\(what) has not ended within \(seconds) s")
        }
        usleep(200_000)
      }
    }.start()
  }

  public func notice() {
    state.withLock { if $0 != nil { $0 = Date() } }
  }

  public func stop() { state.withLock { $0 = nil } }
}
