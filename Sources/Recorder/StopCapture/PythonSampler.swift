import CPython
import RemoteProcess
import SampleTypes

/// Reads the Python side of a stopped thread: which thread states are its, its frames, who holds the
/// GIL, and the code objects seen for the first time. Belongs to the tracing thread.
struct PythonSampler {
  let runtime: PythonRuntime
  /// The frames of the last read.
  private(set) var stack = PythonStack()
  private var directory: ThreadStateDirectory
  private var codes: CodeCapture
  private var tasks: TaskReader?
  private var taskNumbers: [TaskName: Int32] = [:]
  private static let taskLimit = 16_384

  init(runtime: PythonRuntime, memory: inout some RemoteMemory) {
    self.runtime = runtime
    codes = CodeCapture(runtime: runtime)
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
    for word in directory.wanderersHeads {
      ranges.append(AddressRange(start: word, end: word + 8))
    }
    codes.prefetchRanges(into: &ranges)
  }

  /// Reads the thread whose thread pointer is `fsBase` into `stack`. Nil if it has no thread state.
  ///
  /// - Parameters:
  ///   - stack: the part of its stack that is in use.
  ///   - registers: the words of its general and vector registers; asked for rarely.
  mutating func read(
    _ thread: inout ThreadPython, fsBase: UInt64, stack inUse: AddressRange,
    memory: inout some RemoteMemory, registers: () -> [UInt64]
  ) -> Reading? {
    directory.refresh(memory: &memory)
    let isKnown = thread.listing == directory.listing && !directory.hasWanderers
    if isKnown, case .attached = thread.state {
      if let reading = readAttached(&thread, memory: &memory, registers: registers) {
        return reading
      }
      // That a thread state was freed shows nowhere else.
      directory.relist(memory: &memory)
    }
    var states = findThreadStates(&thread, fsBase: fsBase, memory: &memory)
    if directory.hasWanderers {
      states = directory.threadStates(
        of: fsBase, stack: inUse, registers: registers, memory: &memory)
    }
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
    /// The same, and it was not found.
    var isHalfLinked = false
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
    if !reading.isHalfLinked { codes.look(at: stack, memory: &memory) }
    let isHalfLinked = reading.isHalfLinked || codes.innermostRunsNone(in: stack)
    let isRecovered =
      isHalfLinked && python.recover(registers: registers(), memory: &memory, into: &stack)
    if isRecovered {
      codes.look(at: stack, memory: &memory)
    } else if isHalfLinked {
      codes.passOver()
    }
    thread.state = .attached(python)
    return Reading(
      gil: reading.gil, isRecovered: isRecovered, isHalfLinked: isHalfLinked && !isRecovered,
      collection: reading.collection)
  }

  /// Copies the code objects of the frames that were read last and that were not seen before, while they
  /// surely exist.
  mutating func captureNewCodes(
    memory: inout some RemoteMemory, _ hand: (CodeCapture.News) -> Bool
  ) {
    codes.captureNew(in: &stack, memory: &memory, hand)
  }

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
