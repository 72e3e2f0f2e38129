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
  var stack = PythonStack()
  /// Where a new thread state shows (`PythonRuntime.threadsHeadAddresses`).
  private var heads: [RemoteAddress] = []
  /// Thread states by thread id, and the heads when they were listed.
  private var listed: [UInt64: ThreadState] = [:]
  private var listedSnapshot: UInt64 = 0
  private var knownCodes: [UInt64: KnownCode] = [:]

  init(runtime: PythonRuntime, memory: inout some RemoteMemory) {
    self.runtime = runtime
    relist(memory: &memory)
  }

  /// Appends what reading `thread` will touch.
  mutating func prefetchRanges(of thread: inout ThreadPython, into ranges: inout [AddressRange]) {
    switch thread.state {
    case .attached(let reader): reader.prefetchRanges(into: &ranges)
    case .unknown, .none:
      for head in heads { ranges.append(AddressRange(start: head, end: head + 8)) }
    }
  }

  /// Reads the thread whose thread pointer is `fsBase` into `stack`. Nil if it has no thread state.
  mutating func read(
    _ thread: inout ThreadPython, fsBase: UInt64, memory: inout some RemoteMemory
  ) -> GilState? {
    if let gil = readAttached(&thread, memory: &memory) { return gil }
    guard let state = findThreadState(&thread, fsBase: fsBase, memory: &memory) else { return nil }
    thread.state = .attached(ThreadReader(runtime: runtime, threadState: state))
    return readAttached(&thread, memory: &memory)
  }

  /// Reads the thread state that was the thread's last time. Nil if it is not any more.
  ///
  /// A freed thread state may look intact, without frames, until its memory is used again: one
  /// without frames is believed only while no other was made.
  private mutating func readAttached(
    _ thread: inout ThreadPython, memory: inout some RemoteMemory
  ) -> GilState? {
    stack.removeAll()
    guard case .attached(var reader) = thread.state else { return nil }
    thread.state = .unknown  // So that the reader's buffers have one owner, and are not copied.
    let reading = reader.read(memory: &memory, into: &stack)
    guard reading.isValid,
      stack.outcome != .empty || headSnapshot(memory: &memory) == listedSnapshot
    else {
      stack.removeAll()
      return nil
    }
    thread.state = .attached(reader)
    return reading.gil
  }

  /// Copies the code objects of `stack` that were not seen before, while they surely exist.
  ///
  /// A known address may hold another code object by now. Reading every one again would double the
  /// pause; a frame's globals and position, which are at hand, give most of them away.
  mutating func captureNewCodes(
    memory: inout some RemoteMemory, _ capture: (RawCodeObject) -> Void
  ) {
    var budget = Self.capturesPerStop
    for frame in stack.frames {
      let known = knownCodes[frame.code.rawValue]
      if let known, known.isStill(frame) { continue }
      guard budget > 0 else { return }
      budget -= 1
      guard let raw = RawCodeObject.capture(at: frame.code, runtime: runtime, memory: &memory)
      else { continue }
      knownCodes[frame.code.rawValue] = KnownCode(raw, frame)
      if raw.fingerprint != known?.fingerprint { capture(raw) }
    }
  }

  private struct KnownCode {
    var fingerprint: CodeFingerprint
    var globals: RemoteAddress
    var bytecodeSize: Int

    init(_ raw: RawCodeObject, _ frame: PythonFrame) {
      fingerprint = raw.fingerprint
      globals = frame.globals
      bytecodeSize = raw.bytecodeRange?.count ?? Int.max
    }

    func isStill(_ frame: PythonFrame) -> Bool {
      frame.globals == globals && frame.instructionOffset < bytecodeSize
    }
  }

  /// The address no longer holds the code object that was captured there.
  mutating func forget(code: RemoteAddress) { knownCodes[code.rawValue] = nil }

  /// Finds the thread's thread state, if it has one. A thread that had none still has none while
  /// none was made anywhere; but up to 3.11 a new one carries its creator's thread id until its thread
  /// runs, so the first few answers are not final.
  private mutating func findThreadState(
    _ thread: inout ThreadPython, fsBase: UInt64, memory: inout some RemoteMemory
  ) -> ThreadState? {
    let snapshot = headSnapshot(memory: &memory)
    var attempts = 0
    if case .none(let seen, let before) = thread.state {
      if seen == snapshot && before >= Self.finalAttempts { return nil }
      attempts = seen == snapshot ? before : 0
    }
    if snapshot != listedSnapshot || listed[fsBase] == nil { relist(memory: &memory) }
    if let state = listed[fsBase] { return state }
    thread.state = .none(headSnapshot: snapshot, attempts: attempts + 1)
    return nil
  }

  private static let finalAttempts = 4

  /// Lists every thread state. Where two carry one thread id, the older is its owner, and lists are
  /// newest first.
  private mutating func relist(memory: inout some RemoteMemory) {
    heads = runtime.threadsHeadAddresses(memory: &memory)
    listedSnapshot = headSnapshot(memory: &memory)
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
    /// It had none when the words of `threadsHeadAddresses` had this hash, looked for so many times.
    case none(headSnapshot: UInt64, attempts: Int)
    case attached(ThreadReader)
  }

  var state = State.unknown

  /// Reads this thread state from now on; keeps the reader if it is the same.
  mutating func attach(to threadState: ThreadState, runtime: PythonRuntime) {
    if case .attached(let reader) = state, reader.threadState == threadState { return }
    state = .attached(ThreadReader(runtime: runtime, threadState: threadState))
  }
}
