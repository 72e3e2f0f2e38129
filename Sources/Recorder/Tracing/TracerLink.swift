import CPython
import LinuxIO
import PerfEvents
import ProfileModel
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
  /// Nil without a `TickProgram`.
  let attendant: TickAttendant?
  /// How samples are taken.
  let mode: CaptureMode

  private let rare = Mutex(Rare())
  private let postedNews = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private let processes = Atomic<Int32>(0)

  /// News from the tracing thread, oldest first.
  enum News: Sendable {
    /// A process is traced from now on. A forked one, of which `parent` is the number, begins as a copy of
    /// that; one that awaits its exec has no program of its own yet.
    case process(ProcessLink, parent: Int32?, awaitsExec: Bool)
    case processEnded(number: Int32)
    /// A thread is being sampled from now on.
    case thread(ThreadSampling)
    case threadEnded(slot: Int32)
    /// The process runs another program now: nothing that was known of its memory holds.
    case exec(number: Int32, command: String?)
    /// Tracing has begun, on this process.
    case started(pid: Int32)
    case failed(RecordingError)
    /// Nothing is left to trace: the target has ended (`TargetLife.end`), or was let go.
    case ended
    /// A sentence for the user.
    case note(String)
    /// The same, of a thread or process with this number.
    case count(SessionNotes.Subject, Int32)
  }

  private struct Rare: ~Copyable {
    var news: [News] = []
    var taskNames: [TaskName] = []
    var taskCount: Int32 = 0
    var ledger = TracerLedger()
    var prepared: [Int32: ProcessLink] = [:]
  }

  /// - Parameter period: nanoseconds of CPU time between two ticks of a thread.
  init(
    ringBytes: Int, tickProgram: TickProgram?, mode: CaptureMode, period: UInt64
  ) throws(SystemError) {
    self.tickProgram = tickProgram
    attendant = tickProgram.map { TickAttendant(program: $0, period: period) }
    self.mode = mode
    packets = PacketRing(capacity: ringBytes)
    bell = try EventDescriptor()
  }

  /// Begins a process. Nil if there are as many already as a `TickProgram` can sample.
  ///
  /// - Parameter parent: of a forked process, which has the same in memory.
  func makeProcess(pid: Int32, forkedFrom parent: ProcessLink? = nil) -> ProcessLink? {
    var place: Int32?
    if let tickProgram {
      place = tickProgram.reserveProcess()
      guard place != nil else { return nil }
    }
    let (number, _) = processes.add(1, ordering: .relaxed)
    return ProcessLink(number: number, pid: pid, place: place, runtime: parent?.runtime)
  }

  // MARK: The tracing thread's side

  func post(_ item: News) {
    postedNews.add(1, ordering: .relaxed)
    rare.withLock { $0.news.append(item) }
    bell.ring()
  }

  /// For the packet that is being written.
  var newsCount: Int { postedNews.load(ordering: .relaxed) }

  /// Hands over the name of a task that was not seen before; returns its number.
  func hand(over task: TaskName) -> Int32 {
    rare.withLock { rare in
      rare.taskNames.append(task)
      defer { rare.taskCount += 1 }
      return rare.taskCount
    }
  }

  /// A process that was looked at before it is attached to.
  func takePrepared(pid: Int32) -> ProcessLink? {
    rare.withLock { $0.prepared.removeValue(forKey: pid) }
  }

  func report(_ ledger: TracerLedger) { rare.withLock { $0.ledger = ledger } }

  var shouldStop: Bool { stopping.load(ordering: .acquiring) }

  // MARK: The processing thread's side

  /// Hands over what is known of a process before it is attached to.
  func prepare(_ process: ProcessLink) { rare.withLock { $0.prepared[process.pid] = process } }

  func takeNews() -> [News] {
    rare.withLock { rare in
      defer { rare.news.removeAll() }
      return rare.news
    }
  }

  /// Names of tasks, in the order of their numbers.
  func takeTaskNames() -> [TaskName] {
    rare.withLock { rare in
      defer { rare.taskNames.removeAll() }
      return rare.taskNames
    }
  }

  var ledger: TracerLedger { rare.withLock { $0.ledger } }

  /// Another tracing thread may begin, where one was stopped before.
  func allowStart() { stopping.store(false, ordering: .releasing) }

  func requestStop() { stopping.store(true, ordering: .releasing) }
}

/// Counts of the tracing thread.
struct TracerLedger: Sendable {
  var pauses = PauseHistogram()
  /// Stops that are no samples: the target's own signals, new threads, execs.
  var otherStops: Int64 = 0
  /// The part of each pause in which this side worked; the rest is the kernel's, and waiting.
  var reads = PauseHistogram()
  /// Ticks whose sample was not taken: a second tick before the first one's stop, or a full ring.
  var lost: Int64 = 0
  /// Stops at which perf and ptrace disagreed about the instruction.
  var displaced: Int64 = 0
  /// System calls made while a thread was stopped.
  var stopCalls = StopCalls()
  /// Threads without samples because no more files may be opened.
  var threadsWithoutDescriptors: Int64 = 0
  /// CPU time of threads before they were met, and of those that ended before; nanoseconds.
  var unseenCPU: UInt64 = 0
  /// Processes without samples because there are too many.
  var processesWithoutPlace: Int64 = 0

  init() {}
}
