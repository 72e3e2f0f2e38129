import CPython
import LinuxIO
import ProfileModel
import RecordingFile
import RemoteProcess

/// The threads of the recording and their names: `threading.Thread.name` where there is one, else
/// the kernel's.
struct ThreadNaming {
  /// Nanoseconds between two looks for names, and how many times its own cost one is delayed. The
  /// interval doubles from look to look while names are missing: a thread is sampled before it has
  /// entered itself in `threading`, and one that Python did not start never does.
  private static let lookInterval: UInt64 = 10_000_000
  private static let longestInterval: UInt64 = 1_000_000_000
  private static let costFactor: UInt64 = 20

  private var threads: [Thread] = []
  private var written: [Thread] = []
  /// The threads whose Python name was found.
  private var named: [Bool] = []
  private var wantsLook = false
  private var interval = lookInterval
  private var nextLook: UInt64 = 0
  private var reader: ThreadNames?
  var runtime: PythonRuntime? {
    didSet { reader = nil }
  }

  var count: Int { threads.count }

  /// The thread's index. A process's first thread keeps its number through an exec, and so its index.
  mutating func index(pid: Int32, tid: Int32, name: String, writer: RecordingWriter) -> Int32 {
    if tid == pid, let known = threads.firstIndex(where: { $0.tid == tid }) {
      threads[known].name = name
      return Int32(known)
    }
    let thread = Thread(pid: pid, tid: tid, name: name, isPython: false)
    threads.append(thread)
    written.append(thread)
    named.append(false)
    return writer.add(thread: thread)
  }

  mutating func note(isPython: Bool, index: Int32) {
    guard isPython, !threads[Int(index)].isPython else { return }
    threads[Int(index)].isPython = true
    wantsLook = true
    interval = Self.lookInterval
  }

  /// Looks for the names of threads that are new: they may be gone at the next flush.
  mutating func lookForNew(
    memory: ProcessMemory, writer: RecordingWriter, threads live: [Int32: RecordedThread]
  ) {
    guard wantsLook else { return }
    let start = MonotonicClock.now()
    guard start >= nextLook else { return }
    refresh(memory: memory, writer: writer, threads: live)
    wantsLook = live.values.contains { $0.isPython && !named[Int($0.index)] }
    let end = MonotonicClock.now()
    nextLook = end &+ max(interval, Self.costFactor &* (end &- start))
    interval = min(2 &* interval, Self.longestInterval)
  }

  /// Forgets where names were found: a module may have been replaced.
  mutating func forgetPlaces() { reader = nil }

  /// Reads names again and writes what has changed.
  mutating func refresh(
    memory: ProcessMemory, writer: RecordingWriter, threads live: [Int32: RecordedThread]
  ) {
    readPythonNames(memory, live)
    for index in threads.indices where threads[index] != written[index] {
      written[index] = threads[index]
      writer.update(
        thread: Int32(index), name: threads[index].name, isPython: threads[index].isPython)
    }
  }

  private mutating func readPythonNames(
    _ memory: ProcessMemory, _ live: [Int32: RecordedThread]
  ) {
    guard let runtime else { return }
    var memory = memory
    var reader = self.reader ?? ThreadNames(runtime: runtime)
    let names = reader.read(memory: &memory)
    self.reader = reader
    guard !names.isEmpty else { return }
    var byNumber: [UInt64: String] = [:]
    for state in runtime.threadStates(memory: &memory) {
      guard let name = names[state.threadID] else { continue }
      if let number = ThreadNumbers.number(of: state, memory: &memory) { byNumber[number] = name }
    }
    for thread in live.values {
      guard let name = byNumber[thread.number] else { continue }
      threads[Int(thread.index)].name = name
      named[Int(thread.index)] = true
    }
  }
}
