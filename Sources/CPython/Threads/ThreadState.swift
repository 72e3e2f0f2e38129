public import SampleTypes

/// One `PyThreadState`: what a thread needs to run Python code in one interpreter.
public struct ThreadState: Hashable, Sendable {
  public var address: RemoteAddress
  public var interpreter: RemoteAddress
  /// `pthread_self()` of its thread, which is the thread's FS base on x86-64; 0 before the thread
  /// state is bound (3.12 on). Up to 3.11 a new one carries its creator's until its thread starts.
  public var threadID: UInt64
  /// The thread id in the target's innermost PID namespace, from 3.11 on.
  public var nativeThreadID: UInt64?

  public init(
    address: RemoteAddress, interpreter: RemoteAddress, threadID: UInt64, nativeThreadID: UInt64?
  ) {
    self.address = address
    self.interpreter = interpreter
    self.threadID = threadID
    self.nativeThreadID = nativeThreadID
  }
}

extension ThreadState {
  /// The thread states of each thread, by thread id: one an interpreter.
  ///
  /// - Parameter states: of all interpreters, newest first in each. Where two of one interpreter carry
  ///   one thread id the older is its owner (up to 3.11 a new one carries its creator's).
  public static func byThread(_ states: [ThreadState]) -> [UInt64: [ThreadState]] {
    var threads: [UInt64: [ThreadState]] = [:]
    for state in states where state.threadID != 0 {
      threads[state.threadID, default: []].removeAll { $0.interpreter == state.interpreter }
      threads[state.threadID, default: []].append(state)
    }
    return threads
  }
}
