import CPython
import RemoteProcess
import SampleTypes

/// Reads the Python side of a stopped thread: which thread state is its, its frames, who holds the
/// GIL, and the code objects seen for the first time. Belongs to the tracing thread.
struct PythonSampler {
  /// Code objects captured in one stop; the rest wait for the next, so that a first sample deep in
  /// new code does not hold its thread for milliseconds.
  private static let capturesPerStop = 24

  let runtime: PythonRuntime
  /// The frames of the last read.
  private(set) var stack = PythonStack()
  /// Where a new thread state shows (`PythonRuntime.threadsHeadAddresses`).
  private var heads: [RemoteAddress] = []
  /// Thread states listed before sampling began, by thread id.
  private var listed: [UInt64: ThreadState] = [:]
  private var knownCodes: Set<UInt64> = []

  init(runtime: PythonRuntime, memory: inout some RemoteMemory) {
    self.runtime = runtime
    relist(memory: &memory)
  }

  /// Appends what reading `thread` will touch.
  mutating func prefetchRanges(of thread: inout ThreadPython, into ranges: inout [AddressRange]) {
    switch thread.state {
    case .attached(var reader):
      // Moved out and back, so that the reader's buffers are not copied.
      thread.state = .unknown
      reader.prefetchRanges(into: &ranges)
      thread.state = .attached(reader)
    case .unknown, .none:
      for head in heads { ranges.append(AddressRange(start: head, end: head + 8)) }
    }
  }

  /// Reads the thread whose thread pointer is `fsBase` into `stack`. Nil if it has no thread state.
  mutating func read(
    _ thread: inout ThreadPython, fsBase: UInt64, memory: inout some RemoteMemory
  ) -> GilState? {
    stack.removeAll()
    if case .attached(var reader) = thread.state {
      thread.state = .unknown
      let reading = reader.read(memory: &memory, into: &stack)
      if reading.isValid {
        thread.state = .attached(reader)
        return reading.gil
      }
      // Its thread state is gone; it may have another by now.
      relist(memory: &memory)
      stack.removeAll()
    }
    guard var reader = attach(&thread, fsBase: fsBase, memory: &memory) else { return nil }
    let reading = reader.read(memory: &memory, into: &stack)
    thread.state = .attached(reader)
    return reading.isValid ? reading.gil : nil
  }

  /// Copies the code objects of `stack` that were not seen before, while they surely exist.
  mutating func captureNewCodes(
    memory: inout some RemoteMemory, _ capture: (RawCodeObject) -> Void
  ) {
    var budget = Self.capturesPerStop
    for frame in stack.frames where !knownCodes.contains(frame.code.rawValue) {
      guard budget > 0 else { return }
      budget -= 1
      guard let raw = RawCodeObject.capture(at: frame.code, runtime: runtime, memory: &memory)
      else { continue }
      knownCodes.insert(frame.code.rawValue)
      capture(raw)
    }
  }

  /// The address no longer holds the code object that was captured there.
  mutating func forget(code: RemoteAddress) { knownCodes.remove(code.rawValue) }

  /// Finds the thread's thread state, if it has one by now. A thread that had none still has none
  /// while no thread state was created anywhere.
  private mutating func attach(
    _ thread: inout ThreadPython, fsBase: UInt64, memory: inout some RemoteMemory
  ) -> ThreadReader? {
    if let state = listed[fsBase] {
      return ThreadReader(runtime: runtime, threadState: state)
    }
    let snapshot = headSnapshot(memory: &memory)
    if case .none(let seen) = thread.state, seen == snapshot { return nil }
    relist(memory: &memory)
    if let state = listed[fsBase] {
      return ThreadReader(runtime: runtime, threadState: state)
    }
    thread.state = .none(headSnapshot: snapshot)
    return nil
  }

  /// Lists every thread state. Up to 3.11 a new one carries its creator's thread id until its thread
  /// runs: the oldest one with an id is the right one, and lists are newest first.
  private mutating func relist(memory: inout some RemoteMemory) {
    heads = runtime.threadsHeadAddresses(memory: &memory)
    listed.removeAll(keepingCapacity: true)
    for state in runtime.threadStates(memory: &memory) where state.threadID != 0 {
      listed[state.threadID] = state
    }
  }

  private func headSnapshot(memory: inout some RemoteMemory) -> UInt64 {
    heads.reduce(14_695_981_039_346_656_037) { hash, head in
      (hash ^ (memory.word(at: head) ?? 0)) &* 1_099_511_628_211
    }
  }
}

/// Where one thread's Python state is.
struct ThreadPython {
  enum State {
    case unknown
    /// It had none when the words of `threadsHeadAddresses` had this hash.
    case none(headSnapshot: UInt64)
    case attached(ThreadReader)
  }

  var state = State.unknown
}
