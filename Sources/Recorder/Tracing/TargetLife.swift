import Glibc
import LinuxIO
import RemoteProcess
import Synchronization

/// The life of the process that a recording is of: whether it was attached to or launched, whether it still runs, and
/// how it ended. All modes ask it, and so does what goes on without one: between Ctrl-Z and `fg` nobody traces, and
/// after a Ctrl-C the end of the command alone is awaited.
final class TargetLife: Sendable {
  /// How a target ended.
  struct End: Equatable, Sendable {
    /// Its wait status (wait(2)); nil where somebody else waits for it.
    var waitStatus: Int32?
  }

  private enum Stage {
    /// Launched, and not let through its gate yet.
    case atGate
    case running
    case ended(End)
  }

  let pid: Int32
  private let command: LaunchedCommand?
  /// Of a command, or empty.
  private let words: [String]
  private let stage: Mutex<Stage>

  init(attachedTo pid: Int32) {
    self.pid = pid
    command = nil
    words = []
    stage = Mutex(.running)
  }

  /// Forks; the command waits at its gate. To be called on the main thread: see `LaunchedCommand`.
  init(launching words: [String], _ inheritance: Inheritance) throws(RecordingError) {
    do { command = try LaunchedCommand(words, inheritance) } catch {
      throw RecordingError(error)
    }
    pid = command!.pid
    self.words = words
    stage = Mutex(.atGate)
  }

  /// True where its end is ours to tell: whoever launched it waits for it.
  var isLaunched: Bool { command != nil }

  /// True until it is let through its gate: whatever takes samples begins with that, or else attaches.
  var isAtGate: Bool {
    stage.withLock { if case .atGate = $0 { true } else { false } }
  }

  func passGate() {
    stage.withLock { $0 = .running }
    command?.release()
  }

  /// The errno with which exec failed; nil if it succeeded. Waits until one or the other is known.
  func execError() -> Int32? { command?.execError() }

  func cannotLaunch(errno: Int32) -> RecordingError {
    .cannotLaunch(command: words.first ?? "", errno: errno)
  }

  /// What is known of its end without asking anybody.
  var end: End? {
    stage.withLock { if case .ended(let end) = $0 { end } else { nil } }
  }

  /// A tracer has been told of its end.
  func hasEnded(_ waitStatus: Int32) { stage.withLock { $0 = .ended(End(waitStatus: waitStatus)) } }

  /// Looks whether it has ended; nil if not. Only while nobody traces it: the news of a tracer would be taken from it.
  /// A process that was attached to has ended once it is a zombie: its parent may never wait for it.
  func look() -> End? {
    if let end { return end }
    var status: Int32 = 0
    if waitpid(pid, &status, WNOHANG) == pid {
      hasEnded(status)
    } else if !isLaunched, ProcFiles(pid: pid).livingThread() == nil {
      stage.withLock { $0 = .ended(End()) }
    }
    return end
  }

  /// Waits for a command that could not be launched.
  func reap() {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    hasEnded(status)
  }
}
