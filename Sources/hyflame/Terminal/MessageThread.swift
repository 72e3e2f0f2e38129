import Glibc
import LinuxIO
import Synchronization

/// Writes to standard error what is said while a recording runs. A terminal that is stopped (Ctrl-S) or
/// that nobody reads makes a write wait for ever; and to make the stream non-blocking would do the same to
/// the shell, and to the launched command, which share it.
final class MessageThread: Sendable {
  /// Nil until something is said during a recording.
  private static let current = Mutex<MessageThread?>(nil)
  /// Milliseconds in which the last messages must have been taken.
  private static let lastPatience = 2000

  private let bell: EventDescriptor
  private let state = Mutex(State())

  private struct State {
    var messages: [[UInt8]] = []
    /// A line that the next one takes the place of.
    var line: [UInt8]?
    var isWriting = false
  }

  private init() throws(SystemError) { bell = try EventDescriptor() }

  /// Begins, if it has not begun. All signals that concern a recording must be blocked. Without it messages are
  /// written by whoever has them.
  static func start() {
    current.withLock { current in
      guard current == nil, let thread = try? MessageThread() else { return }
      let isRunning = (try? WorkThread { thread.run() }) != nil
      if isRunning { current = thread }
    }
  }

  /// Hands over a message, or a line that replaces one which was not written yet. False if there is no thread.
  static func take(_ bytes: [UInt8], isReplaceable: Bool = false) -> Bool {
    guard let thread = current.withLock({ $0 }) else { return false }
    thread.state.withLock { state in
      if isReplaceable {
        state.line = bytes
      } else {
        state.messages.append(bytes)
      }
    }
    thread.bell.ring()
    return true
  }

  /// Waits until all is written, and not for long: then nobody reads it.
  static func finish() {
    guard let thread = current.withLock({ $0 }) else { return }
    for _ in 0..<lastPatience where !thread.isIdle { usleep(1000) }
  }

  private var isIdle: Bool {
    state.withLock { $0.messages.isEmpty && $0.line == nil && !$0.isWriting }
  }

  private func run() {
    while true {
      bell.wait()
      bell.silence()
      while let bytes = next() { try? StandardStream.error.write(bytes) }
    }
  }

  private func next() -> [UInt8]? {
    state.withLock { state in
      state.isWriting = false
      let bytes: [UInt8]
      if let line = state.line {
        // What was said later stands below it.
        bytes = line
        state.line = nil
      } else if !state.messages.isEmpty {
        bytes = state.messages.removeFirst()
      } else {
        return nil
      }
      state.isWriting = true
      return bytes
    }
  }
}
