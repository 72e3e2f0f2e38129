import CPython
import RemoteProcess
import SampleTypes

/// Reads the Python side of a stopped thread: which thread states are its, its frames, who holds the
/// GIL, and the code objects seen for the first time. Belongs to the tracing thread.
struct PythonSampler {
  /// Code objects captured in one stop; the rest wait for the next, so that a first sample deep in
  /// new code does not hold its thread for milliseconds.
  private static let capturesPerStop = 24

  let runtime: PythonRuntime
  /// The frames of the last read.
  private(set) var stack = PythonStack()
  private var directory: ThreadStateDirectory
  private var knownCodes: [UInt64: KnownCode] = [:]
  private var tasks: TaskReader?
  private var taskNumbers: [TaskName: Int32] = [:]
  private static let taskLimit = 16_384

  init(runtime: PythonRuntime, memory: inout some RemoteMemory) {
    self.runtime = runtime
    directory = ThreadStateDirectory(runtime: runtime, memory: &memory)
  }

  /// Appends what reading `thread` will touch.
  mutating func prefetchRanges(of thread: inout ThreadPython, into ranges: inout [AddressRange]) {
    let words: [RemoteAddress]
    if case .attached(let python) = thread.state {
      python.prefetchRanges(into: &ranges)
      words = directory.watched
    } else {
      words = directory.heads
    }
    for word in words { ranges.append(AddressRange(start: word, end: word + 8)) }
  }

  /// Reads the thread whose thread pointer is `fsBase` into `stack`. Nil if it has no thread state.
  ///
  /// - Parameter registers: the words of its general and vector registers; asked for rarely.
  mutating func read(
    _ thread: inout ThreadPython, fsBase: UInt64, memory: inout some RemoteMemory,
    registers: () -> [UInt64]
  ) -> Reading? {
    directory.refresh(memory: &memory)
    if thread.listing == directory.listing, case .attached = thread.state {
      if let reading = readAttached(&thread, memory: &memory, registers: registers) {
        return reading
      }
      // That a thread state was freed shows nowhere else.
      directory.relist(memory: &memory)
    }
    let states = findThreadStates(&thread, fsBase: fsBase, memory: &memory)
    guard !states.isEmpty else { return nil }
    thread.listing = directory.listing
    if case .attached(let python) = thread.state, python.threadStates == states {
      // Another thread's list has changed.
    } else {
      thread.state = .attached(PythonThread(runtime: runtime, threadStates: states))
    }
    return readAttached(&thread, memory: &memory, registers: registers)
  }

  /// Reads tasks from now on, or no longer.
  mutating func readTasks(at places: TaskPlaces?) {
    tasks = places.map { TaskReader(runtime: runtime, places: $0) }
  }

  /// Number of the task that the thread runs; -1 if none does. `name` numbers one that was not seen
  /// before.
  mutating func task(
    of thread: ThreadPython, memory: inout some RemoteMemory, name: (TaskName) -> Int32
  ) -> Int32 {
    guard tasks != nil, case .attached(let python) = thread.state,
      let task = tasks!.task(of: python.threadStates, memory: &memory)
    else { return -1 }
    if let known = taskNumbers[task] { return known }
    guard taskNumbers.count < Self.taskLimit else { return -1 }
    let number = name(task)
    taskNumbers[task] = number
    return number
  }

  /// What a read tells besides the stack.
  struct Reading {
    var gil: GilState
    /// The innermost activation was half-linked, and its caller's found in the registers.
    var isRecovered = false
    var collection: ThreadReading.Collection?
  }

  /// Reads the thread states that were the thread's last time. Nil if they are not any more.
  ///
  /// A freed thread state may look intact, without frames, until its memory is used again: one
  /// without frames is believed only while no other was made.
  private mutating func readAttached(
    _ thread: inout ThreadPython, memory: inout some RemoteMemory, registers: () -> [UInt64]
  ) -> Reading? {
    stack.removeAll()
    guard case .attached(var python) = thread.state else { return nil }
    thread.state = .unknown  // So that the readers' buffers have one owner, and are not copied.
    let reading = python.read(memory: &memory, into: &stack)
    guard reading.isValid,
      stack.outcome != .empty || directory.isCurrent(memory: &memory)
    else {
      stack.removeAll()
      return nil
    }
    let isRecovered =
      (reading.isHalfLinked || innermostRunsNoCode(memory: &memory))
      && python.recover(registers: registers(), memory: &memory, into: &stack)
    thread.state = .attached(python)
    return Reading(
      gil: reading.gil, isRecovered: isRecovered, collection: reading.collection)
  }

  /// True where the innermost frame's code pointer leads to no code object: what a half-linked
  /// activation names may be a frame of earlier, overwritten in part.
  private func innermostRunsNoCode(memory: inout some RemoteMemory) -> Bool {
    guard let first = stack.frames.first, let codeType = runtime.codeType,
      knownCodes[first.code.rawValue]?.isStill(first) != true
    else { return false }
    return memory.pointer(at: first.code + runtime.layout.object.type) != codeType
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

  /// Finds the thread's thread states, if it has any. A thread that had none still has none while
  /// none was made anywhere; but up to 3.11 a new one carries its creator's thread id until its thread
  /// runs, so the first few answers are not final.
  private mutating func findThreadStates(
    _ thread: inout ThreadPython, fsBase: UInt64, memory: inout some RemoteMemory
  ) -> [ThreadState] {
    let now = directory.currentHeads(memory: &memory)
    var attempts = 0
    if case .none(let seen, let before) = thread.state {
      if seen == now && before >= Self.finalAttempts { return [] }
      attempts = seen == now ? before : 0
    }
    if !directory.isCurrent(memory: &memory) || directory.byThread[fsBase] == nil {
      directory.relist(memory: &memory)
    }
    if let states = directory.byThread[fsBase] { return states }
    thread.state = .none(headSnapshot: now, attempts: attempts + 1)
    return []
  }

  private static let finalAttempts = 4
}

/// Where one thread's Python state is.
struct ThreadPython {
  enum State {
    case unknown
    /// It had none when the words of `threadsHeadAddresses` had this hash, looked for so many times.
    case none(headSnapshot: UInt64, attempts: Int)
    case attached(PythonThread)
  }

  var state = State.unknown
  /// The listing of thread states from which it was set.
  var listing = -1
}
