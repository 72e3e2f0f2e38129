public import SampleTypes

/// Reads the Python frames and the GIL state of one thread state, sample after sample.
///
/// Made for the instant at which the thread is stopped: after the first few samples it allocates
/// nothing, and it says beforehand what it will probably read.
public struct ThreadReader: Sendable {
  /// Chains that are longer are cut: a cycle, or a recursion beyond what a flame graph can show.
  public static let frameLimit = 8192

  public let runtime: PythonRuntime
  /// What the thread state must still say when it is read.
  public let threadState: ThreadState

  let rule: ActivationRule
  let frameRange: Range<Int>
  /// Copy of the thread state.
  var stateBytes: [UInt8]
  var dataStack: DataStack
  /// Free-threaded builds from 3.14 on: where copies of bytecode start, and whether one of the last
  /// read's could not be found.
  var bytecodeCopies: [BytecodeCopy: RemoteAddress] = [:]
  var hasUnreadBytecode = false
  /// Frames that were read one by one last time and lie on the heap.
  var heapFrames: [RemoteAddress] = []
  /// 3.10: the `CFrame`s of the last read, innermost first, and whether there were too many.
  var cframes: [RemoteAddress] = []
  var hadSurplusCFrame = false
  /// 3.10: whether greenlet's own `CFrame`s were seen; nil before the first read.
  var usesGreenlets: Bool?
  /// 3.11: the second `_PyCFrame` of the last read, and the frame that it names.
  var secondCFrame: (cframe: RemoteAddress, frame: RemoteAddress)?
  /// 3.11: the activations of the last read whose outermost frame is a generator's, ascending.
  var endsInGenerator: [Int] = []
  /// 3.12: the distance from an activation's entry frame to its `_PyCFrame`, a constant of the
  /// binary, once it is known.
  var entryFrameToCFrame: Int?
  /// True once two reads have agreed on it.
  var isDistanceCertain = false

  public init(runtime: PythonRuntime, threadState: ThreadState) {
    self.runtime = runtime
    self.threadState = threadState
    rule = ActivationRule(minor: runtime.layout.minor)
    frameRange = runtime.layout.frame.sampleRange
    stateBytes = [UInt8](repeating: 0, count: runtime.layout.threadState.sampleSize)
    dataStack = DataStack(slotSize: frameRange.upperBound)
  }

  /// Appends the chain of frames, innermost first, to `stack`.
  ///
  /// Never throws: what went wrong is in `stack.outcome`, what was read before is kept. An
  /// instruction pointer outside of the code's neighbourhood gives the offset -1.
  mutating func append(
    memory: inout some RemoteMemory, to stack: inout PythonStack
  ) -> ThreadReading {
    guard readThreadState(memory: &memory) else {
      stack.outcome = .unreadable
      return ThreadReading(isValid: false, gil: .none)
    }
    let gil = gilState(memory: &memory)
    let first = stack.activations.count
    stack.outcome = readFrames(fromCFrame: nil, memory: &memory, into: &stack)
    var reading = ThreadReading(
      isValid: true, gil: gil, isHalfLinked: isHalfLinked(stack.outcome, first: first, in: stack))
    if gil == .held { reading.collection = collection(memory: &memory) }
    return reading
  }

  /// Reads the chain of frames, innermost first, into `stack`, which is emptied first.
  public mutating func read(
    memory: inout some RemoteMemory, into stack: inout PythonStack
  ) -> ThreadReading {
    stack.removeAll()
    return append(memory: &memory, to: &stack)
  }

  /// Copies the thread state; false if it is no longer the expected one.
  private mutating func readThreadState(memory: inout some RemoteMemory) -> Bool {
    let copied = stateBytes.withUnsafeMutableBytes {
      memory.copyBytes(at: threadState.address, into: $0)
    }
    guard copied == stateBytes.count else { return false }
    let layout = runtime.layout.threadState
    return stateWord(layout.interpreter) == threadState.interpreter.rawValue
      && stateWord(layout.threadID) == threadState.threadID
  }

  func stateWord(_ offset: Int) -> UInt64 { stateBytes.withUnsafeBytes { $0.word(offset) } }

  func statePointer(_ offset: Int) -> RemoteAddress { RemoteAddress(stateWord(offset)) }
}
