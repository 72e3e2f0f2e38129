import Glibc
import LinuxIO
import RecordingFile
import Synchronization

/// Takes the signals that ask hyflame to stop, and minds the time at which a recording ends, on a thread of its own:
/// the main thread may be in the middle of a long computation, or of a write to a terminal that is stopped, or wait
/// for a CPU on a saturated machine. It has the target let go, hands the signals over, and where the main thread is
/// not there to act upon them it ends the process itself. The kernel then lets go of the target.
final class InterruptWatch: Sendable {
  private static let stalled =
    "memory of the target has not answered for \(StalledReads.patience / 1_000_000_000) s (a userfaultfd or a FUSE file "
    + "system serves it, or the machine swaps): "

  /// What the main thread is at.
  enum Phase: Sendable {
    /// Nothing is attached to or launched: one signal is enough to give up.
    case preparing
    /// The first signal asks to stop, the second gives up.
    case recording
    /// The recording is written. What is left to say is not waited for.
    case over
  }

  /// Rings when `next` has something.
  let bell: EventDescriptor
  private let signals: SignalDescriptor
  private let state = Mutex(State())
  /// Microseconds that the main thread has to act.
  private static let patience: UInt32 = 500_000

  private struct State {
    var phase = Phase.preparing
    var arrivals: ArraySlice<SignalDescriptor.Arrival> = []
    var interrupts = 0
    /// What is to be said, and the recording that is to be removed because nothing is in it yet.
    var message = ""
    var emptyFile: WrittenFile?
    var ending: Ending?
  }

  /// How a recording is ended.
  struct Ending: Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC; nil without a limit.
    var deadline: UInt64?
    /// A Ctrl-C on the terminal reaches the launched command too, and that one's end is awaited.
    var sharesInterrupts: Bool
    /// Has the target let go. May be called too early to be noticed, and again.
    var letGo: @Sendable () -> Void
    fileprivate var isDue = false

    init(sharesInterrupts: Bool, letGo: @escaping @Sendable () -> Void) {
      self.sharesInterrupts = sharesInterrupts
      self.letGo = letGo
    }
  }

  /// Blocks the signals; call before any other thread exists.
  init() throws(SystemError) {
    // With SIGTTOU blocked, a progress line written in the background stops nobody (tcsetattr(3)); nor does
    // Ctrl-Z, before the target is let go.
    signals = try SignalDescriptor(signals: [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGTTOU])
    bell = try EventDescriptor()
  }

  /// Begins to take signals.
  func start() throws(RecordingError) {
    do {
      _ = try WorkThread { [self] in
        var reads = StalledReads()
        var lookedAt: UInt64 = 0
        while true {
          signals.wait(milliseconds: timeout)
          while let arrival = signals.next() { take(arrival) }
          endIfDue()
          let now = MonotonicClock.now()
          guard now &- lookedAt >= Self.longestWait * 1_000_000 else { continue }
          lookedAt = now
          if reads.look(at: now) { abort(because: Self.stalled, status: 1) }
        }
      }
    } catch {
      throw .noThread(errno: error.errno)
    }
  }

  // MARK: The main thread's side

  /// The next signal that arrived, or nil.
  func next() -> SignalDescriptor.Arrival? { state.withLock { $0.arrivals.popFirst() } }

  func silence() { bell.silence() }

  /// Whether a signal has asked to stop.
  var isInterrupted: Bool { state.withLock { $0.interrupts > 0 } }

  func enter(_ phase: Phase) { state.withLock { $0.phase = phase } }

  /// What is to be said when the main thread cannot, and the file that has nothing in it.
  func onAbort(say message: String, remove file: WrittenFile?) {
    state.withLock {
      $0.message = message
      $0.emptyFile = file
    }
  }

  /// The signals so far have had their effect: the next is a first one again.
  func forgive() { state.withLock { $0.interrupts = 0 } }

  /// From now on the target is let go as soon as it is time; nil before the tracing thread is gone.
  func attend(to ending: Ending?) { state.withLock { $0.ending = ending } }

  /// The recording shall end then.
  func end(at deadline: UInt64) { state.withLock { $0.ending?.deadline = deadline } }

  // MARK: The thread's side

  /// Milliseconds between two calls to let go, until it is done.
  private static let repetition: UInt64 = 20
  /// The same, between two looks at what is attended to, which may change meanwhile.
  private static let longestWait: UInt64 = 500

  private var timeout: Int32 {
    state.withLock {
      if $0.ending?.isDue == true { return Int32(Self.repetition) }
      guard let deadline = $0.ending?.deadline else { return Int32(Self.longestWait) }
      let now = MonotonicClock.now()
      return Int32(min(Self.longestWait, (max(deadline, now) - now) / 1_000_000 + 1))
    }
  }

  private func endIfDue() {
    state.withLock {
      guard let ending = $0.ending else { return }
      if let deadline = ending.deadline, MonotonicClock.now() >= deadline {
        $0.ending?.isDue = true
      }
      if $0.ending?.isDue == true { ending.letGo() }
    }
  }

  private func take(_ arrival: SignalDescriptor.Arrival) {
    let isInterrupt = arrival.number != SIGTSTP && arrival.number != SIGTTOU
    state.withLock {
      $0.arrivals.append(arrival)
      if isInterrupt { $0.interrupts += 1 }
      let isShared = $0.ending?.sharesInterrupts == true && arrival.isFromTerminal
      if isInterrupt, !(isShared && arrival.number == SIGINT) { $0.ending?.isDue = true }
    }
    bell.ring()
    guard isInterrupt, mustAbort else { return }
    usleep(Self.patience)
    if mustAbort { abort() }
  }

  private var mustAbort: Bool {
    state.withLock { $0.interrupts > 1 || $0.interrupts > 0 && $0.phase != .recording }
  }

  private func abort(because reason: String = "", status: Int32 = 130) -> Never {
    let (message, file) = state.withLock { ($0.message, $0.emptyFile) }
    file?.removeFile()
    var stream = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    // Nobody may be reading.
    if poll(&stream, 1, 0) == 1, stream.revents & Int16(POLLOUT) != 0 {
      let line = "error: \(reason)\(message)\n"
      _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }
    _exit(status)
  }
}
