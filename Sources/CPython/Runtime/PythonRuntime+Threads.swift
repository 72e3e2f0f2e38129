public import SampleTypes

extension PythonRuntime {
  /// More interpreters or thread states than any process has: a list that is longer is corrupt.
  static let interpreterLimit = 1024
  static let threadStateLimit = 65_536

  /// The `PyInterpreterState`s, newest first, main last; empty if the runtime is not initialised.
  /// A list that turns out corrupt ends where it does.
  public func interpreters(memory: inout some RemoteMemory) -> [RemoteAddress] {
    var interpreters: [RemoteAddress] = []
    var cycle = CycleDetector()
    var next = memory.pointer(at: address + layout.runtime.interpretersHead)
    while let interpreter = next, interpreter.isPlausiblePointer,
      interpreters.count < Self.interpreterLimit, !cycle.closes(at: interpreter)
    {
      interpreters.append(interpreter)
      next = memory.pointer(at: interpreter + layout.interpreter.next)
    }
    return interpreters
  }

  /// Every thread state of every interpreter, newest first within each. A thread state whose
  /// thread has gone, or has not started, is listed too.
  public func threadStates(memory: inout some RemoteMemory) -> [ThreadState] {
    var states: [ThreadState] = []
    for interpreter in interpreters(memory: &memory) {
      var cycle = CycleDetector()
      var next = memory.pointer(at: interpreter + layout.interpreter.threadsHead)
      while let address = next, address.isPlausiblePointer,
        states.count < Self.threadStateLimit, !cycle.closes(at: address),
        let (state, following) = threadState(at: address, memory: &memory)
      {
        // A freed thread state mid-list would lead anywhere.
        guard state.interpreter == interpreter else { break }
        states.append(state)
        next = following
      }
    }
    return states
  }

  /// Addresses of the words that change when a thread state or an interpreter is created: while
  /// they hold the same values, a thread that had no thread state still has none.
  ///
  /// They are the list of interpreters and each one's count of thread states ever made; the head of
  /// a list of thread states would not do, because a new one may get a freed one's address.
  public func threadsHeadAddresses(memory: inout some RemoteMemory) -> [RemoteAddress] {
    let counter = layout.interpreter.threadCounter ?? layout.interpreter.threadsHead - 8
    return [address + layout.runtime.interpretersHead]
      + interpreters(memory: &memory).map { $0 + counter }
  }

  /// One thread state and the next one of its list, in one read.
  private func threadState(
    at address: RemoteAddress, memory: inout some RemoteMemory
  ) -> (ThreadState, next: RemoteAddress)? {
    let size = layout.threadState.identitySize
    return withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { buffer in
      guard memory.copyBytes(at: address, into: buffer) == size else { return nil }
      let bytes = UnsafeRawBufferPointer(buffer)
      let state = ThreadState(
        address: address,
        interpreter: bytes.pointer(layout.threadState.interpreter),
        threadID: bytes.word(layout.threadState.threadID),
        nativeThreadID: layout.threadState.nativeThreadID.map(bytes.word))
      return (state, bytes.pointer(layout.threadState.next))
    }
  }
}
