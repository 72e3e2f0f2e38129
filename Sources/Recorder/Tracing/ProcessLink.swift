import CPython
import PerfEvents
import SampleTypes
import Synchronization

/// What the tracing thread and the processing thread share about one process.
final class ProcessLink: Sendable {
  /// Of the process in the recording; never used twice.
  let number: Int32
  let pid: Int32
  /// Its number in the `TickProgram`; nil where threads are stopped for their samples.
  let place: Int32?

  private let rare: Mutex<Rare>
  private let handedCodes = Atomic<Int>(0)
  private let publishedRuntimes: Atomic<Int>
  private let publishedTasks = Atomic<Int>(0)

  /// Code objects that wait to be taken over: a few kilobytes each.
  private static let mostCodes = 1 << 13

  private struct Rare: ~Copyable {
    var codes: [CodeCapture.News] = []
    var runtime: PythonRuntime?
    var taskPlaces: TaskPlaces?
  }

  /// - Parameter runtime: what a forked process has in memory as its parent has it.
  init(number: Int32, pid: Int32, place: Int32?, runtime: PythonRuntime?) {
    self.number = number
    self.pid = pid
    self.place = place
    rare = Mutex(Rare(runtime: runtime))
    publishedRuntimes = Atomic(runtime == nil ? 0 : 1)
  }

  // MARK: The tracing thread's side

  /// For the packet that is being written.
  var codeCount: Int { handedCodes.load(ordering: .relaxed) }

  /// Hands over a code object; false, and nothing is done, while the other side is far behind.
  func hand(over code: CodeCapture.News) -> Bool {
    rare.withLock { rare in
      guard rare.codes.count < Self.mostCodes else { return false }
      rare.codes.append(code)
      handedCodes.add(1, ordering: .relaxed)
      return true
    }
  }

  /// Grows whenever a runtime was published.
  var runtimeGeneration: Int { publishedRuntimes.load(ordering: .acquiring) }

  var runtime: PythonRuntime? { rare.withLock { $0.runtime } }

  /// Grows whenever places of tasks were published.
  var tasksGeneration: Int { publishedTasks.load(ordering: .acquiring) }

  func takeTaskPlaces() -> TaskPlaces? { rare.withLock { $0.taskPlaces } }

  // MARK: The processing thread's side; `publish` the other's too, when a process executes another program

  func takeCodes() -> [CodeCapture.News] {
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
}
