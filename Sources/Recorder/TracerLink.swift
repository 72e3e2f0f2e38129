import CPython
import LinuxIO
import PerfEvents
import ProfileModel
import RemoteProcess
import SampleTypes
import Synchronization

/// All that the tracing thread and the processing thread share.
///
/// Samples go through the packet ring. What happens rarely (threads, code objects, the target's end)
/// goes through lists under a lock; the tracing thread takes it outside of stops, except to hand
/// over a code object that is seen for the first time.
final class TracerLink: Sendable {
  let packets: PacketRing
  /// Rings when `rare` has news.
  let bell: EventDescriptor
  /// How the tracing thread competes for its CPU.
  let priority = TracerPriority()
  /// Takes the samples instead of the tracing thread, where the kernel allows it.
  let tickProgram: TickProgram?
  /// How samples are taken.
  let way: CaptureWay

  private let rare = Mutex(Rare())
  private let postedNews = Atomic<Int>(0)
  private let handedCodes = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private let publishedRuntimes = Atomic<Int>(0)
  private let forgottenCodes = Atomic<Bool>(false)
  private let publishedTasks = Atomic<Int>(0)

  /// News from the tracing thread, oldest first.
  enum News: Sendable {
    /// A thread is being sampled from now on.
    case thread(ThreadSampling)
    case threadEnded(slot: Int32)
    /// The process runs another program now: nothing that was known of its memory holds.
    case exec
    /// Tracing has begun, on this process.
    case started(pid: Int32)
    case failed(RecordingError)
    /// Nothing is left to trace. The wait status is of the process's own end, nil if it was let go.
    case ended(waitStatus: Int32?)
    /// A sentence for the user.
    case note(String)
  }

  private struct Rare: ~Copyable {
    var news: [News] = []
    var codes: [RawCodeObject] = []
    var forgotten: [RemoteAddress] = []
    var runtime: PythonRuntime?
    var taskPlaces: TaskPlaces?
    var taskNames: [TaskName] = []
    var taskCount: Int32 = 0
    var ledger = TracerLedger()
  }

  init(ringBytes: Int, tickProgram: TickProgram?, way: CaptureWay) throws(SystemError) {
    self.tickProgram = tickProgram
    self.way = way
    packets = PacketRing(capacity: ringBytes)
    bell = try EventDescriptor()
  }

  // MARK: The tracing thread's side

  func post(_ item: News) {
    postedNews.add(1, ordering: .relaxed)
    rare.withLock { $0.news.append(item) }
    bell.ring()
  }

  /// For the packet that is being written.
  var newsCount: Int { postedNews.load(ordering: .relaxed) }

  /// For the packet that is being written.
  var codeCount: Int { handedCodes.load(ordering: .relaxed) }

  func hand(over code: RawCodeObject) {
    handedCodes.add(1, ordering: .relaxed)
    rare.withLock { $0.codes.append(code) }
  }

  /// Hands over the name of a task that was not seen before; returns its number.
  func hand(over task: TaskName) -> Int32 {
    rare.withLock { rare in
      rare.taskNames.append(task)
      defer { rare.taskCount += 1 }
      return rare.taskCount
    }
  }

  func report(_ ledger: TracerLedger) { rare.withLock { $0.ledger = ledger } }

  /// Grows whenever a runtime was published.
  var runtimeGeneration: Int { publishedRuntimes.load(ordering: .acquiring) }

  func takeRuntime() -> PythonRuntime? { rare.withLock { $0.runtime } }

  /// Grows whenever places of tasks were published.
  var tasksGeneration: Int { publishedTasks.load(ordering: .acquiring) }

  func takeTaskPlaces() -> TaskPlaces? { rare.withLock { $0.taskPlaces } }

  func takeForgotten() -> [RemoteAddress] {
    rare.withLock { rare in
      defer { rare.forgotten.removeAll() }
      forgottenCodes.store(false, ordering: .relaxed)
      return rare.forgotten
    }
  }

  var hasForgotten: Bool { forgottenCodes.load(ordering: .relaxed) }

  var shouldStop: Bool { stopping.load(ordering: .acquiring) }

  // MARK: The processing thread's side

  func takeNews() -> [News] {
    rare.withLock { rare in
      defer { rare.news.removeAll() }
      return rare.news
    }
  }

  func takeCodes() -> [RawCodeObject] {
    rare.withLock { rare in
      defer { rare.codes.removeAll() }
      return rare.codes
    }
  }

  func publish(runtime: PythonRuntime?) {
    rare.withLock { $0.runtime = runtime }
    publishedRuntimes.add(1, ordering: .releasing)
  }

  /// Tells where tasks are to be read; nil if they are not.
  func publish(taskPlaces: TaskPlaces?) {
    rare.withLock { $0.taskPlaces = taskPlaces }
    publishedTasks.add(1, ordering: .releasing)
  }

  /// Names of tasks, in the order of their numbers.
  func takeTaskNames() -> [TaskName] {
    rare.withLock { rare in
      defer { rare.taskNames.removeAll() }
      return rare.taskNames
    }
  }

  /// The address holds another code object by now; capture it again.
  func forget(code: RemoteAddress) {
    rare.withLock { $0.forgotten.append(code) }
    forgottenCodes.store(true, ordering: .relaxed)
  }

  var ledger: TracerLedger { rare.withLock { $0.ledger } }

  func requestStop() { stopping.store(true, ordering: .releasing) }
}

/// Counts of the tracing thread.
struct TracerLedger: Sendable {
  var pauses = PauseHistogram()
  /// The part of each pause in which this side worked; the rest is the kernel's, and waiting.
  var reads = PauseHistogram()
  /// Ticks whose sample was not taken: a second tick before the first one's stop, or a full ring.
  var lost: Int64 = 0
  /// Stops at which perf and ptrace disagreed about the instruction.
  var displaced: Int64 = 0
  /// System calls made while a thread was stopped.
  var stopCalls = StopCalls()

  init() {}
}
