import CPython
import LinuxIO
import RemoteProcess
import SampleTypes

/// Reads the Python side of threads that are not stopped: in the kernel, or off the CPU. What it
/// reads is to be confirmed, or the thread shown not to have moved.
final class UnstoppedReader {
  private let process: ProcFiles
  private let runtime: PythonRuntime
  private let memory: PrefetchedMemory
  private var states: [UInt64: [ThreadState]] = [:]
  private var threads: [Int32: (python: PythonThread, listing: Int)] = [:]
  private var innerTids: [Int32: UInt64] = [:]
  private var gilRanges: [RemoteAddress: AddressRange] = [:]
  private var listedHeads: [UInt64] = []
  private var listing = 0
  /// The newest interpreter when thread states were listed: a thread may have got another since.
  private var newestInterpreter: UInt64?
  private var listedAt: UInt64 = 0
  private static let relistInterval: UInt64 = 20_000_000
  private var ranges: [AddressRange] = []
  /// Offset of `tid` in glibc's `struct pthread`, the same in 2.36 and 2.43; validated by the
  /// pointer to itself at 0x10.
  private static let glibcTidOffset = 0x2d0

  init(process: ProcFiles, runtime: PythonRuntime) {
    self.process = process
    self.runtime = runtime
    memory = PrefetchedMemory(pid: process.pid)
  }

  /// Reads the thread's frames into `stack`. Nil if it has no thread state.
  func read(tid: Int32, into stack: inout PythonStack) -> GilState? {
    var memory = memory
    defer { memory.invalidate() }
    stack.removeAll()
    if let (known, seen) = threads.removeValue(forKey: tid) {
      var python = known
      let head = runtime.newestInterpreterAddress
      ranges.removeAll(keepingCapacity: true)
      ranges.append(AddressRange(start: head, end: head + 8))
      python.prefetchRanges(into: &ranges)
      _ = memory.prefetch(
        ranges, stackStart: 0, stack: UnsafeMutableRawBufferPointer(start: nil, count: 0))
      if seen == listing, memory.word(at: head) == newestInterpreter {
        let reading = python.read(memory: &memory, into: &stack)
        if reading.isValid {
          threads[tid] = (python, seen)
          return reading.gil
        }
      }
      memory.invalidate()
      stack.removeAll()
      if seen == listing { listedHeads = [] }
    }
    let states = threadStates(of: tid)
    guard !states.isEmpty else { return nil }
    var python = PythonThread(runtime: runtime, threadStates: states)
    let reading = python.read(memory: &memory, into: &stack)
    threads[tid] = (python, listing)
    return reading.isValid ? reading.gil : nil
  }

  /// True if `address` lies in the GIL of an interpreter that the thread runs: a thread that blocks in
  /// `futex` on it waits for the GIL.
  func isGil(_ address: UInt64, of tid: Int32) -> Bool {
    threads[tid]?.python.threadStates.contains {
      gilRange(of: $0.interpreter)?.contains(RemoteAddress(address)) ?? false
    } ?? false
  }

  private func gilRange(of interpreter: RemoteAddress) -> AddressRange? {
    if let known = gilRanges[interpreter] { return known }
    var memory = memory
    let range = runtime.gilStructRange(for: interpreter, memory: &memory)
    gilRanges[interpreter] = range
    return range
  }

  private func threadStates(of tid: Int32) -> [ThreadState] {
    relistIfChanged()
    if let states = states[innerTid(of: tid)] { return states }
    // Up to 3.11 a new one carries its creator's numbers until its thread runs: look again, but not
    // for every sample of a thread that has none.
    let now = MonotonicClock.now()
    guard now &- listedAt > Self.relistInterval else { return [] }
    listedHeads = []
    relistIfChanged()
    return states[innerTid(of: tid)] ?? []
  }

  /// Thread states are found by thread number: `native_thread_id` from 3.11 on, before by what glibc
  /// keeps behind `pthread_self()`.
  private func relistIfChanged() {
    var memory = memory
    let heads = runtime.threadsHeadAddresses(memory: &memory).map { memory.word(at: $0) ?? 0 }
    guard heads != listedHeads else { return }
    listedHeads = heads
    listedAt = MonotonicClock.now()
    listing += 1
    newestInterpreter = heads.first
    gilRanges.removeAll()
    states.removeAll(keepingCapacity: true)
    for states in ThreadState.byThread(runtime.threadStates(memory: &memory)).values {
      let glibc = RemoteAddress(states[0].threadID) + Self.glibcTidOffset
      let tid = states[0].nativeThreadID ?? memory.load(UInt32.self, at: glibc).map(UInt64.init)
      if let tid, tid != 0 { self.states[tid] = states }
    }
  }

  /// The thread's number in the target's own PID namespace: the last one of `NSpid`.
  private func innerTid(of tid: Int32) -> UInt64 {
    if let known = innerTids[tid] { return known }
    let numbers = process.statusField("NSpid", tid: tid)?.split(separator: "\t")
    let inner = numbers?.last.flatMap { UInt64($0) } ?? UInt64(tid)
    innerTids[tid] = inner
    return inner
  }
}
