import SampleTypes
import Support
import Testing

@testable import CPython

/// 3.11 and 3.12 link the struct of a new activation before they fill it.
@Suite struct HalfLinkedTests {
  /// A thread in two activations, and the struct of a third one whose fields hold what a test wants.
  private struct Entering {
    var python: FakePython
    var reader: ThreadReader
    /// Of the outer activations.
    let cframes: [RemoteAddress]
    let keys: [RemoteAddress]
    let frames: [RemoteAddress]
    let entered: RemoteAddress
    let chunk = RemoteAddress(0x50_0000)

    init(_ minor: Int, isFirst: Bool = false) {
      var python = FakePython(minor: minor)
      python.chunk(at: chunk, previous: .null, top: 600)
      python.setState(python.layout.threadState.dataStackChunk, chunk)
      python.setState(python.layout.threadState.dataStackTop, chunk + 2048)
      entered = python.allocateOnStack()
      var frames: [RemoteAddress] = []
      var (keys, cframes): ([RemoteAddress], [RemoteAddress]) = ([], [])
      var previous = RemoteAddress.null
      var below = python.state + python.layout.threadState.rootCFrame!
      let places = [python.allocateOnStack(), python.allocateOnStack()]
      for index in isFirst ? [] : [1, 0] {
        let entry = places[index] + 64
        let isEntryFrame = minor == 12
        if isEntryFrame { python.frame(at: entry, previous: previous, owner: 3) }
        let outer = python.frame(
          at: chunk + 1024 - 512 * index, previous: isEntryFrame ? entry : previous, isEntry: true)
        let inner = python.frame(at: outer + 128, previous: outer)
        python.memory.store(inner, at: places[index] + python.layout.cframe.currentFrame!)
        python.memory.store(below, at: places[index] + python.layout.cframe.previous!)
        (previous, below) = (inner, places[index])
        frames = [inner, outer] + frames
        keys.insert(isEntryFrame ? entry : below, at: 0)
        cframes.insert(below, at: 0)
      }
      python.setState(python.layout.threadState.cframe, below)
      reader = ThreadReader(runtime: python.runtime, threadState: python.threadState)
      for _ in 0..<2 { _ = python.read(&reader) }
      python.setState(python.layout.threadState.cframe, entered)
      (self.python, self.cframes, self.keys, self.frames) = (python, cframes, keys, frames)
    }

    mutating func fill(current: RemoteAddress, previous: RemoteAddress) {
      python.memory.store(current, at: entered + python.layout.cframe.currentFrame!)
      python.memory.store(previous, at: entered + python.layout.cframe.previous!)
    }

    var enteredKey: RemoteAddress { python.layout.minor == 12 ? entered + 64 : entered }

    /// Reads, and where that is half-linked, recovers with these registers.
    mutating func read(_ registers: [RemoteAddress]) -> (wasHalfLinked: Bool, PythonStack?) {
      var stack = PythonStack()
      let reading = reader.read(memory: &python.memory, into: &stack)
      guard reading.isHalfLinked else { return (false, stack) }
      let isRecovered = reader.recover(
        registers: registers.map(\.rawValue), activations: 0, frames: 0,
        memory: &python.memory, into: &stack)
      return (true, isRecovered ? stack : nil)
    }

    mutating func expectRecovered(_ registers: [RemoteAddress], _ comment: Comment) {
      let (wasHalfLinked, stack) = read(registers)
      #expect(wasHalfLinked, comment)
      #expect(stack?.outcome == .complete, comment)
      #expect(stack?.frames.map(\.frame) == frames, comment)
      #expect(stack?.activations.map(\.key) == [enteredKey] + keys, comment)
      #expect(
        stack?.activations.map(\.frameCount) == [0] + keys.map { _ in 2 }, comment)
    }
  }

  @Test(arguments: [11, 12])
  func garbageIsBridgedByARegister(_ minor: Int) {
    var thread = Entering(minor)
    thread.fill(current: RemoteAddress(0x1234_5678_9abd), previous: RemoteAddress(3))
    // Of the two structs that registers name the inner one is the caller's.
    thread.expectRecovered(
      [RemoteAddress(7), thread.cframes[1], thread.cframes[0], thread.frames[0]], "garbage")
    #expect(thread.read([thread.frames[0], RemoteAddress(0x7fff_0000_0400)]).1 == nil)
  }

  @Test(arguments: [11, 12])
  func theStructItselfMayNameItsPredecessorAlready(_ minor: Int) {
    var thread = Entering(minor)
    thread.fill(current: RemoteAddress(0x1000), previous: thread.cframes[0])
    thread.expectRecovered([], "half filled")
  }

  @Test(arguments: [11, 12])
  func anEarlierCallsFieldsAreNotBelieved(_ minor: Int) {
    // From the same caller, when it was the innermost frame: the chain is whole, and wrong.
    var thread = Entering(minor)
    thread.fill(current: thread.frames[0], previous: thread.cframes[0])
    thread.expectRecovered([], "the caller's own frame")
    // Of a frame that was popped meanwhile.
    let place = thread.chunk + 3000
    thread.python.frame(
      at: place, previous: minor == 12 ? thread.enteredKey : thread.frames[0], isEntry: true)
    if minor == 12 {
      thread.python.frame(at: thread.enteredKey, previous: thread.frames[0], owner: 3)
    }
    thread.fill(current: place, previous: thread.cframes[0])
    thread.expectRecovered([thread.cframes[0]], "a popped frame")
    // Of a generator that is not running.
    let generator = thread.python.frame(owner: 1, isEntry: true)
    thread.fill(current: generator, previous: thread.cframes[0])
    thread.expectRecovered([thread.cframes[0]], "a generator")
  }

  @Test(arguments: [11, 12])
  func whatIsFilledIsNotHalfLinked(_ minor: Int) {
    var thread = Entering(minor)
    if minor == 12 {
      thread.python.frame(at: thread.enteredKey, previous: thread.frames[0], owner: 3)
    }
    let frame = thread.python.frame(
      at: thread.chunk + 1504, previous: minor == 12 ? thread.enteredKey : thread.frames[0],
      isEntry: true)
    thread.fill(current: frame, previous: thread.cframes[0])
    let (wasHalfLinked, stack) = thread.read([])
    #expect(!wasHalfLinked)
    #expect(stack?.frames.map(\.frame) == [frame] + thread.frames)
    #expect(stack?.activations.map(\.key) == [thread.enteredKey] + thread.keys)
  }

  /// The first activation of a thread: its caller's struct is the thread state's own.
  @Test func theFirstActivationHasNoCaller() {
    var thread = Entering(11, isFirst: true)
    thread.fill(current: RemoteAddress(9), previous: RemoteAddress(9))
    let root = thread.python.state + thread.python.layout.threadState.rootCFrame!
    thread.expectRecovered([root], "first")
  }
}
