public import SampleTypes

/// Reads one thread of the target, which has a thread state in each interpreter that it has ever
/// run: mostly one, several where sub-interpreters run on it.
///
/// Made for the instant at which the thread is stopped: after the first few samples it allocates
/// nothing, and it says beforehand what it will probably read.
public struct PythonThread: Sendable {
  /// One for each thread state, newest interpreter first.
  private var readers: [ThreadReader]
  /// Counts of activations and frames before each reader's, and after the last.
  private var marks: [(activations: Int, frames: Int)] = []
  private var outcomes: [PythonStack.Outcome] = []
  private var merged: [PythonActivation] = []
  /// The reader whose thread state has the GIL.
  private var holder: Int?

  public init(runtime: PythonRuntime, threadStates: [ThreadState]) {
    readers = threadStates.map { ThreadReader(runtime: runtime, threadState: $0) }
  }

  public var threadStates: [ThreadState] { readers.map(\.threadState) }

  /// Reads every thread state's frames into `stack`, which is emptied first, as one chain of
  /// activations, innermost first.
  ///
  /// `isValid` is false if any thread state is gone; `gil` is the thread's relation to the GIL
  /// that it has something to do with: at most one interpreter of a thread runs.
  public mutating func read(
    memory: inout some RemoteMemory, into stack: inout PythonStack
  ) -> ThreadReading {
    stack.removeAll()
    marks.removeAll(keepingCapacity: true)
    outcomes.removeAll(keepingCapacity: true)
    holder = nil
    var whole = ThreadReading(isValid: !readers.isEmpty, gil: .none)
    for index in readers.indices {
      marks.append((stack.activations.count, stack.frames.count))
      let reading = readers[index].append(memory: &memory, to: &stack)
      outcomes.append(stack.outcome)
      whole.isValid = whole.isValid && reading.isValid
      whole.isHalfLinked = whole.isHalfLinked || reading.isHalfLinked
      if reading.gil == .held { holder = index }
      whole.collection = whole.collection ?? reading.collection
      whole.gil = Self.stronger(whole.gil, reading.gil)
    }
    combine(&stack)
    return whole
  }

  /// Reads again where `read` has said that the innermost activation is half-linked, with the words
  /// of the stopped thread's general and vector registers. False if that did not help; `stack` is
  /// what it was then.
  public mutating func recover(
    registers: some Sequence<UInt64>, memory: inout some RemoteMemory,
    into stack: inout PythonStack
  ) -> Bool {
    stack.removeAll()
    marks.removeAll(keepingCapacity: true)
    outcomes.removeAll(keepingCapacity: true)
    var isRecovered = false
    for index in readers.indices {
      let mark = (activations: stack.activations.count, frames: stack.frames.count)
      marks.append(mark)
      if readers[index].append(memory: &memory, to: &stack).isHalfLinked {
        isRecovered = readers[index].recover(
          registers: registers, activations: mark.activations, frames: mark.frames,
          memory: &memory, into: &stack)
      }
      outcomes.append(stack.outcome)
    }
    combine(&stack)
    return isRecovered
  }

  /// Appends what the next `read` will probably touch.
  public func prefetchRanges(into ranges: inout [AddressRange]) {
    for reader in readers { reader.prefetchRanges(into: &ranges) }
  }

  private static func stronger(_ left: GilState, _ right: GilState) -> GilState {
    for state in [GilState.held, .waiting, .released] where left == state || right == state {
      return state
    }
    return .none
  }

  // MARK: Several chains on one stack

  /// Makes one list of the activations of all thread states, and one outcome: one failed chain
  /// spoils the whole, an empty one beside another does not.
  private mutating func combine(_ stack: inout PythonStack) {
    stack.outcome =
      outcomes.first { $0 != .complete && $0 != .empty }
      ?? (outcomes.contains(.complete) ? .complete : .empty)
    guard readers.count > 1 else { return }
    merged.removeAll(keepingCapacity: true)
    if stack.activations.contains(where: { !$0.key.isNull }) {
      mergeByKey(stack)
    } else {
      concatenate(stack)
    }
    swap(&merged, &stack.activations)
  }

  /// Keys are addresses on the one C stack that all chains share: the lower, the farther in. Within
  /// a chain the order stays, whatever its keys say.
  private mutating func mergeByKey(_ stack: PythonStack) {
    var positions = marks.map(\.activations)
    let ends = positions.dropFirst() + [stack.activations.count]
    while merged.count < stack.activations.count {
      var best: Int?
      for (chain, end) in zip(positions.indices, ends) where positions[chain] < end {
        let key = stack.activations[positions[chain]].key
        if best.map({ key < stack.activations[positions[$0]].key }) ?? true { best = chain }
      }
      guard let best else { return }
      merged.append(stack.activations[positions[best]])
      positions[best] += 1
    }
  }

  /// Up to 3.9: the chain of the thread state that has the GIL is the innermost. If none has it, the
  /// newest interpreter's is: an interpreter has frames only while it is called, mostly by an older one.
  private mutating func concatenate(_ stack: PythonStack) {
    let ends = marks.dropFirst().map(\.activations) + [stack.activations.count]
    let first = holder ?? 0
    for chain in [first] + marks.indices.filter({ $0 != first }) {
      merged.append(contentsOf: stack.activations[marks[chain].activations..<ends[chain]])
    }
  }
}
