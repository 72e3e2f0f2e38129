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
  private var states: [UInt64: ThreadState] = [:]
  private var readers: [Int32: ThreadReader] = [:]
  private var innerTids: [Int32: UInt64] = [:]
  private var gilRanges: [RemoteAddress: AddressRange] = [:]
  private var listedHeads: [UInt64] = []
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
    if var reader = readers.removeValue(forKey: tid) {
      ranges.removeAll(keepingCapacity: true)
      reader.prefetchRanges(into: &ranges)
      _ = memory.prefetch(
        ranges, stackStart: 0, stack: UnsafeMutableRawBufferPointer(start: nil, count: 0))
      let reading = reader.read(memory: &memory, into: &stack)
      if reading.isValid {
        readers[tid] = reader
        return reading.gil
      }
      memory.invalidate()
      stack.removeAll()
      listedHeads = []
    }
    guard let state = threadState(of: tid) else { return nil }
    var reader = ThreadReader(runtime: runtime, threadState: state)
    let reading = reader.read(memory: &memory, into: &stack)
    readers[tid] = reader
    return reading.isValid ? reading.gil : nil
  }

  /// True if `address` lies in the GIL of the thread's interpreter: a thread that blocks in `futex`
  /// on it waits for the GIL.
  func isGil(_ address: UInt64, of tid: Int32) -> Bool {
    guard let interpreter = readers[tid]?.threadState.interpreter else { return false }
    return isGil(address, of: interpreter)
  }

  /// True if `address` lies in the GIL of the interpreter.
  func isGil(_ address: UInt64, of interpreter: RemoteAddress) -> Bool {
    if gilRanges[interpreter] == nil {
      var memory = memory
      gilRanges[interpreter] = runtime.gilStructRange(for: interpreter, memory: &memory)
    }
    return gilRanges[interpreter]?.contains(RemoteAddress(address)) ?? false
  }

  private func threadState(of tid: Int32) -> ThreadState? {
    relistIfChanged()
    if let state = states[innerTid(of: tid)] { return state }
    // Up to 3.11 a new one carries its creator's numbers until its thread runs: look again, but not
    // for every sample of a thread that has none.
    let now = MonotonicClock.now()
    guard now &- listedAt > Self.relistInterval else { return nil }
    listedHeads = []
    relistIfChanged()
    return states[innerTid(of: tid)]
  }

  /// Thread states are found by thread number: `native_thread_id` from 3.11 on, before by what glibc
  /// keeps behind `pthread_self()`.
  private func relistIfChanged() {
    var memory = memory
    let heads = runtime.threadsHeadAddresses(memory: &memory).map { memory.word(at: $0) ?? 0 }
    guard heads != listedHeads else { return }
    listedHeads = heads
    listedAt = MonotonicClock.now()
    states.removeAll(keepingCapacity: true)
    for state in runtime.threadStates(memory: &memory) {
      let glibc = RemoteAddress(state.threadID) + Self.glibcTidOffset
      let tid = state.nativeThreadID ?? memory.load(UInt32.self, at: glibc).map(UInt64.init)
      if let tid, tid != 0 { states[tid] = state }
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
