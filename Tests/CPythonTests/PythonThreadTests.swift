import SampleTypes
import Support
import Testing

@testable import CPython

/// Threads with a thread state in each of several interpreters.
@Suite struct PythonThreadTests {
  /// Two chains on one C stack whose activations alternate: the second interpreter's is innermost.
  @Test(arguments: PythonVersion.minors(from: 12))
  func activationsAreOrderedByTheirPlaceOnTheStack(_ minor: Int) {
    var python = FakePython(minor: minor)
    let second = python.addThreadState()
    let keys = (0..<4).map { _ in python.allocateOnStack() }
    var heads = (RemoteAddress.null, RemoteAddress.null)
    for (index, key) in keys.enumerated().reversed() {
      let isSecond = index % 2 == 0
      python.frame(at: key, previous: isSecond ? heads.1 : heads.0, owner: 3)
      let frame = python.frame(previous: key)
      if isSecond { heads.1 = frame } else { heads.0 = frame }
    }
    FrameChainTests.setHead(heads.0, in: &python)
    FrameChainTests.setHead(heads.1, in: &python, of: second.address)
    let (reading, stack) = python.readThread([second, python.threadState])
    #expect(reading.isValid)
    #expect(stack.outcome == .complete)
    #expect(stack.activations.map(\.key) == keys)
    #expect(stack.activations.map { stack.frames[Int($0.firstFrame)].frame }[0] == heads.1)
    #expect(stack.frames.count == 4)
  }

  @Test func upTo39TheOneThatHasTheGilIsTheInnermost() {
    var python = FakePython(minor: 9)
    let second = python.addThreadState()
    let (first, other) = (python.frame(), python.frame())
    python.setState(python.layout.threadState.frame, first)
    python.memory.store(other, at: second.address + python.layout.threadState.frame!)
    for (holder, innermost) in [(python.state, first), (second.address, other)] {
      python.memory.store(
        holder, at: python.runtime.address + python.layout.runtime.currentThreadState!)
      let (reading, stack) = python.readThread([second, python.threadState])
      #expect(reading.gil == .held)
      #expect(stack.activations.map { stack.frames[Int($0.firstFrame)].frame }[0] == innermost)
      #expect(stack.frames.count == 2)
    }
  }

  @Test func anInterpreterWithoutFramesDoesNotSpoilTheOthers() {
    var python = FakePython(minor: 13)
    let second = python.addThreadState()
    let entry = python.frame(at: python.allocateOnStack(), owner: 3)
    FrameChainTests.setHead(python.frame(previous: entry), in: &python)
    #expect(python.readThread([second, python.threadState]).1.outcome == .complete)
    #expect(python.readThread([python.threadState, second]).1.outcome == .complete)
    FrameChainTests.setHead(RemoteAddress(3), in: &python, of: second.address)
    #expect(python.readThread([python.threadState, second]).1.outcome == .implausible)
    FrameChainTests.setHead(.null, in: &python)
    FrameChainTests.setHead(.null, in: &python, of: second.address)
    #expect(python.readThread([python.threadState, second]).1.outcome == .empty)
  }

  @Test func oneOfTheThreadStatesIsGone() {
    var python = FakePython(minor: 13)
    let second = python.addThreadState()
    python.memory.store(UInt64(0), at: second.address + python.layout.threadState.interpreter)
    #expect(!python.readThread([python.threadState, second]).0.isValid)
  }

  @Test func eachInterpreterGivesAThreadItsOldest() {
    func state(_ address: UInt64, _ interpreter: UInt64, thread: UInt64) -> ThreadState {
      ThreadState(
        address: RemoteAddress(address), interpreter: RemoteAddress(interpreter),
        threadID: thread, nativeThreadID: nil)
    }
    let states = [
      state(0x10, 0x2000, thread: 1), state(0x20, 0x1000, thread: 1),
      state(0x30, 0x1000, thread: 2), state(0x40, 0x1000, thread: 1),
      state(0x50, 0x1000, thread: 0),
    ]
    let threads = ThreadState.byThread(states)
    #expect(threads == [1: [states[0], states[3]], 2: [states[2]]])
  }
}

extension FakePython {
  /// A thread state of another interpreter, with the same thread.
  mutating func addThreadState() -> ThreadState {
    let (address, other) = (RemoteAddress(0x28_0000), RemoteAddress(0x18_0000))
    memory.store([UInt8](repeating: 0, count: 4096), at: address)
    memory.store(other, at: address + layout.threadState.interpreter)
    memory.store(Self.threadID, at: address + layout.threadState.threadID)
    if layout.threadState.cframe != nil {
      memory.store(
        address + layout.threadState.rootCFrame!, at: address + layout.threadState.cframe!)
    }
    return ThreadState(
      address: address, interpreter: other, threadID: Self.threadID, nativeThreadID: nil)
  }

  func readThread(_ states: [ThreadState]) -> (ThreadReading, PythonStack) {
    var thread = PythonThread(runtime: runtime, threadStates: states)
    var stack = PythonStack()
    var memory = memory
    let reading = thread.read(memory: &memory, into: &stack)
    return (reading, stack)
  }
}
