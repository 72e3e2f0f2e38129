import CPython
import LinuxIO
import RemoteProcess
import SampleTypes

/// Reads Python stacks of a process that runs, and tells whether a stack stood still meanwhile.
///
/// One read takes microseconds, in which a thread that calls functions all the time makes dozens of
/// calls. A stack is steady if two reads in a row find the same frames, and a third one where it met new code objects.
final class SteadyReader {
  private let reader: UnstoppedReader
  private var codes: CodeCapture
  private let layout: Layout
  private var memory: ProcessMemory
  private var before = PythonStack()
  /// What was read last.
  private(set) var stack = PythonStack()

  /// Reads of a thread that runs, at most. That more would find it at rest would favour functions
  /// that call none.
  private static let attempts = 4

  struct Reading {
    var gil: GilState
    var isSteady: Bool
  }

  init(process: ProcFiles, runtime: PythonRuntime) {
    reader = UnstoppedReader(process: process, runtime: runtime)
    codes = CodeCapture(runtime: runtime)
    layout = runtime.layout
    memory = ProcessMemory(pid: process.pid)
  }

  /// Reads a thread that runs into `stack`, and the code objects that its frames run; nil if it has no thread state.
  ///
  /// - Parameter hand: takes a code object over that was not seen before; false if there is no room.
  func readRunning(tid: Int32, _ hand: (CodeCapture.News) -> Bool) -> Reading? {
    guard var gil = reader.read(tid: tid, into: &stack) else { return nil }
    defer { checkCallers() }
    for _ in 1..<Self.attempts {
      swap(&stack, &before)
      guard let again = reader.read(tid: tid, into: &stack) else { return nil }
      if Self.agree(before, stack), again == gil {
        captureCodes(hand)
        // What is new is what the frames ran only if they are the same still.
        let isSame =
          codes.knewAll
          || reader.read(tid: tid, into: &before) != nil && Self.agree(before, stack)
        return Reading(gil: gil, isSteady: isSame)
      }
      gil = again
    }
    captureCodes(hand)
    return Reading(gil: gil, isSteady: false)
  }

  /// Reads a thread that is off the CPU, and its code objects. Whether it stayed there its caller knows.
  ///
  /// - Parameter futex: what it waits for, if it is in futex(2).
  func readBlocked(
    tid: Int32, futex: UInt64?, _ hand: (CodeCapture.News) -> Bool
  ) -> Reading? {
    guard let gil = reader.read(tid: tid, into: &stack) else { return nil }
    defer { checkCallers() }
    let waits = gil != .held && futex.map { reader.isGil($0, of: tid) } == true
    captureCodes(hand)
    return Reading(gil: waits ? .waiting : gil, isSteady: !stack.hasFailed)
  }

  /// Copies the code objects of `stack` that were not seen before.
  private func captureCodes(_ hand: (CodeCapture.News) -> Bool) {
    codes.look(at: stack, memory: &memory)
    codes.captureNew(in: &stack, memory: &memory, hand)
  }

  /// Without the native stack nothing else tells that a chain ends too early.
  private func checkCallers() {
    guard layout.minor == 9, stack.outcome == .complete, let root = stack.frames.last,
      let flags = memory.word(at: root.code + layout.code.flags), flags & Layout.generatorFlags != 0
    else { return }
    stack.outcome = .withoutCallers
  }

  /// The thread has ended; another may get its number.
  func forget(tid: Int32) { reader.forget(tid: tid) }

  private static func agree(_ one: PythonStack, _ other: PythonStack) -> Bool {
    guard !one.hasFailed, !other.hasFailed, one.frames.count == other.frames.count else {
      return false
    }
    return zip(one.frames, other.frames).allSatisfy { $0.frame == $1.frame && $0.code == $1.code }
  }
}
