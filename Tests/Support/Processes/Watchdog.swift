import Dispatch
public import Foundation

/// Kills a child process that has not ended in time, so that whoever waits for it or reads its
/// output sees an end, and the test run too.
public enum Watchdog {
  /// Starts `process` with no signal blocked, and kills it if it still runs after `seconds`.
  ///
  /// Tests run on threads of Dispatch, which block nearly every signal, and a signal mask is
  /// inherited: no program that a user starts finds its signals blocked.
  public static func start(_ process: Process, seconds: Double) throws {
    var none = sigset_t()
    var usual = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &usual)
    defer { pthread_sigmask(SIG_SETMASK, &usual, nil) }
    try process.run()
    guarding(process, seconds: seconds)
  }

  private static func guarding(_ process: Process, seconds: Double) {
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak process] in
      guard let process, process.isRunning else { return }
      kill(process.processIdentifier, SIGKILL)
    }
  }
}
