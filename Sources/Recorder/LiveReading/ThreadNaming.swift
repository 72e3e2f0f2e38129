import CPython
import LinuxIO
import RemoteProcess

/// Finds the names of a process's threads: `threading.Thread.name` where there is one, else they keep
/// the kernel's.
struct ThreadNaming {
  /// Nanoseconds between two looks for names, and how many times its own cost one is delayed. The
  /// interval doubles from look to look while names are missing: a thread is sampled before it has
  /// entered itself in `threading`, and one that Python did not start never does.
  private static let lookInterval: UInt64 = 10_000_000
  private static let longestInterval: UInt64 = 1_000_000_000
  private static let costFactor: UInt64 = 20
  /// The same for the first look after a new thread was met: it may live for a tenth of a second.
  private static let newcomerFactor: UInt64 = 4

  private var wantsLook = false
  private var interval = lookInterval
  private var nextLook: UInt64 = 0
  /// Of the last look, nanoseconds.
  private var cost: UInt64 = 0
  private var reader: ThreadNames?
  var runtime: PythonRuntime? {
    didSet { reader = nil }
  }

  /// A thread was met that runs Python.
  mutating func expectNew() {
    wantsLook = true
    interval = Self.lookInterval
    // The look that is due may be a second away, because of a thread that Python did not start.
    let soon = MonotonicClock.now() &+ max(Self.lookInterval / 2, Self.newcomerFactor &* cost)
    nextLook = min(nextLook, soon)
  }

  /// Looks for the names of threads that are new, but not too often.
  mutating func lookForNew(memory: ProcessMemory, threads: [Int32: RecordedThread]) {
    guard wantsLook else { return }
    let start = MonotonicClock.now()
    guard start >= nextLook else { return }
    refresh(memory: memory, threads: threads)
    wantsLook = threads.values.contains { $0.isPython && !$0.isNamed }
    let end = MonotonicClock.now()
    cost = end &- start
    nextLook = end &+ max(interval, Self.costFactor &* cost)
    interval = min(2 &* interval, Self.longestInterval)
  }

  /// Reads names again.
  mutating func refresh(memory: ProcessMemory, threads: [Int32: RecordedThread]) {
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
    for thread in threads.values {
      guard let name = byNumber[thread.number] else { continue }
      thread.name = name
      thread.isNamed = true
    }
  }
}
