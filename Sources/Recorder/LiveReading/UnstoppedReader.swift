import CPython
import LinuxIO
import RemoteProcess
import SampleTypes

/// Reads the Python side of threads that are not stopped: in the kernel, or off the CPU. What it
/// reads is to be confirmed, or the thread shown not to have moved.
final class UnstoppedReader {
  private let runtime: PythonRuntime
  private let memory: PrefetchedMemory
  private let numbers: ThreadNumbers
  private let startOfStack: UInt64
  private var directory: ThreadStateDirectory
  /// The thread states of the directory by thread number, and the listing that they are of.
  private var states: [UInt64: [ThreadState]] = [:]
  private var statesListing = -1
  private var threads: [Int32: (python: PythonThread, listing: Int)] = [:]
  /// By thread, its number in the target's own PID namespace.
  private var innerNumbers: [Int32: UInt64] = [:]
  private var gilRanges: [RemoteAddress: AddressRange] = [:]
  private var tasks: TaskReader?
  private var listedAt: UInt64 = 0
  private static let relistInterval: UInt64 = 20_000_000
  /// When all were listed for a thread pointer, and how long that took.
  private var searchedAt: UInt64 = 0
  private var searchTime: UInt64 = 0
  /// So many times as long as listing takes they are not listed again.
  private static let restFactor: UInt64 = 10
  private var ranges: [AddressRange] = []

  init(process: ProcFiles, runtime: PythonRuntime) {
    self.runtime = runtime
    numbers = ThreadNumbers(process: process)
    startOfStack = process.startOfStack() ?? 0
    memory = PrefetchedMemory(pid: process.pid)
    var memory = memory
    directory = ThreadStateDirectory(runtime: runtime, memory: &memory)
  }

  /// Reads the thread's frames into `stack`. Nil if it has no thread state.
  ///
  /// - Parameter registers: what the thread had in its registers, as far as is known.
  func read(
    tid: Int32, registers: Registers? = nil, into stack: inout PythonStack
  ) -> GilState? {
    if directory.hasWanderers { return readWanderers(tid: tid, registers, into: &stack) }
    var memory = memory
    defer { memory.invalidate() }
    stack.removeAll()
    if let (known, listing) = threads.removeValue(forKey: tid) {
      var python = known
      prefetch(python)
      directory.refresh(memory: &memory)
      if listing == directory.listing {
        let reading = python.read(memory: &memory, into: &stack)
        if reading.isValid {
          threads[tid] = (python, listing)
          return reading.gil
        }
        directory.relist(memory: &memory)
      }
      memory.invalidate()
      stack.removeAll()
    }
    let states = threadStates(of: tid)
    guard !states.isEmpty else { return nil }
    var python = PythonThread(runtime: runtime, threadStates: states)
    let reading = python.read(memory: &memory, into: &stack)
    threads[tid] = (python, directory.listing)
    return reading.isValid ? reading.gil : nil
  }

  /// The thread states of a thread as they were listed last; nil for one that had none.
  func listedStates(of tid: Int32) -> [ThreadState]? {
    directory.hasWanderers ? nil : states(of: tid)
  }

  /// The thread states that carry this thread pointer, none if there are none. Nil where that cannot be told
  /// just now: thousands of them take long to list, and they are listed now and then only.
  func threadStates(ofThread pointer: UInt64) -> [ThreadState]? {
    guard !directory.hasWanderers else { return nil }
    var memory = memory
    if let known = directory.byThread[pointer] { return known }
    guard !directory.isCurrent(memory: &memory) else { return [] }
    let began = MonotonicClock.now()
    guard began &- searchedAt > Self.relistInterval + Self.restFactor * searchTime else {
      return nil
    }
    directory.relist(memory: &memory)
    searchedAt = MonotonicClock.now()
    searchTime = searchedAt &- began
    return directory.byThread[pointer] ?? []
  }

  /// The thread has ended; another may get its number.
  func forget(tid: Int32) {
    threads[tid] = nil
    innerNumbers[tid] = nil
  }

  /// The same where thread states change threads: they are looked for each time.
  private func readWanderers(
    tid: Int32, _ registers: Registers?, into stack: inout PythonStack
  ) -> GilState? {
    var memory = memory
    stack.removeAll()
    directory.refresh(memory: &memory)
    guard let thread = threadStates(of: tid).first?.threadID else { return nil }
    let states = runningStates(of: thread, registers, memory: &memory)
    guard !states.isEmpty else { return nil }
    var python =
      threads[tid].flatMap { $0.python.threadStates == states ? $0.python : nil }
      ?? PythonThread(runtime: runtime, threadStates: states)
    let reading = python.read(memory: &memory, into: &stack)
    threads[tid] = (python, directory.listing)
    return reading.isValid ? reading.gil : nil
  }

  /// The thread states with which the thread that has this thread pointer runs code just now.
  private func runningStates(
    of thread: UInt64, _ registers: Registers?, memory: inout some RemoteMemory
  ) -> [ThreadState] {
    directory.threadStates(
      of: thread,
      stack: registers.map {
        AddressRange(stackFrom: $0.stackPointer, threadPointer: thread, startOfStack: startOfStack)
      },
      registers: { registers?.general ?? [] }, memory: &memory)
  }

  /// The same at another instant, of which `copied` has the memory; nil if none of the process's
  /// thread states ever changes its thread.
  func wanderingStates(
    of thread: UInt64, _ registers: Registers, memory copied: inout some RemoteMemory
  ) -> [ThreadState]? {
    var memory = memory
    directory.refresh(memory: &memory)
    guard directory.hasWanderers else { return nil }
    return runningStates(of: thread, registers, memory: &copied)
  }

  /// The task that the thread runs, as far as `places` tell; the thread was read just before.
  func task(of tid: Int32) -> TaskName? {
    guard tasks != nil, let states = threads[tid]?.python.threadStates else { return nil }
    var memory = memory
    return tasks!.task(of: states, memory: &memory)
  }

  /// Where tasks are to be read; nil if they are not.
  var taskPlaces: TaskPlaces? {
    didSet { tasks = taskPlaces.map { TaskReader(runtime: runtime, places: $0) } }
  }

  /// True if `address` lies in the GIL of an interpreter that the thread runs: a thread that blocks in
  /// `futex` on it waits for the GIL.
  func isGil(_ address: UInt64, of tid: Int32) -> Bool {
    guard let states = threads[tid]?.python.threadStates else { return false }
    return isGil(address, ofAny: states)
  }

  func isGil(_ address: UInt64, ofAny threadStates: [ThreadState]) -> Bool {
    threadStates.contains {
      gilRange(of: $0.interpreter)?.contains(RemoteAddress(address)) ?? false
    }
  }

  private func prefetch(_ python: PythonThread) {
    ranges.removeAll(keepingCapacity: true)
    for word in directory.watched { ranges.append(AddressRange(start: word, end: word + 8)) }
    python.prefetchRanges(into: &ranges)
    _ = memory.prefetch(
      ranges, stackStart: 0, stack: UnsafeMutableRawBufferPointer(start: nil, count: 0))
  }

  private func gilRange(of interpreter: RemoteAddress) -> AddressRange? {
    if let known = gilRanges[interpreter] { return known }
    var memory = memory
    let range = runtime.gilStructRange(for: interpreter, memory: &memory)
    gilRanges[interpreter] = range
    return range
  }

  private func threadStates(of tid: Int32) -> [ThreadState] {
    var memory = memory
    if !directory.isCurrent(memory: &memory) { directory.relist(memory: &memory) }
    if let states = states(of: tid) { return states }
    // Up to 3.11 a new one carries its creator's numbers until its thread runs: look again, but not
    // for every sample of a thread that has none.
    let now = MonotonicClock.now()
    guard now &- listedAt > Self.relistInterval else { return [] }
    directory.relist(memory: &memory)
    return states(of: tid) ?? []
  }

  /// Thread states are found by thread number: the thread pointer, by which they are known, is not
  /// known of a thread that is not stopped.
  private func states(of tid: Int32) -> [ThreadState]? {
    if statesListing != directory.listing {
      var memory = memory
      statesListing = directory.listing
      listedAt = MonotonicClock.now()
      gilRanges.removeAll()
      states.removeAll(keepingCapacity: true)
      for states in directory.byThread.values {
        let number = ThreadNumbers.number(of: states[0], memory: &memory)
        if let number { self.states[number] = states }
      }
    }
    if innerNumbers[tid] == nil { innerNumbers[tid] = numbers.number(of: tid) }
    return innerNumbers[tid].flatMap { states[$0] }
  }
}
