import SampleTypes
import Support
import Testing

@testable import CPython

/// Thread states of sub-interpreters that run on another thread than the one that made them.
@Suite struct WandererTests {
  private static let maker = FakePython.threadID
  private static let runner: UInt64 = 0x7f00_2000_0700
  /// The runner's stack ends with its control block.
  private static let stack = AddressRange(
    start: RemoteAddress(runner - 0x8000), end: RemoteAddress(runner))
  private static let makersStack = AddressRange(
    start: RemoteAddress(0x7fff_0000_0000), end: RemoteAddress(0x7fff_0000_4000))

  /// The maker's thread state, the runner's, and the sub-interpreter's, which carries the maker's id.
  private static func python(minor: Int) -> (FakePython, wanderer: ThreadState) {
    var python = FakePython(minor: minor)
    let wanderer = python.addThreadState()
    let layout = python.layout
    let head = python.runtime.address + layout.runtime.interpretersHead
    python.memory.store([UInt8](repeating: 0, count: 8192), at: wanderer.interpreter)
    python.memory.store(wanderer.interpreter, at: head)
    python.memory.store(python.interpreter, at: wanderer.interpreter + layout.interpreter.next)
    python.memory.store(
      wanderer.address, at: wanderer.interpreter + layout.interpreter.threadsHead)
    let own = RemoteAddress(0x29_0000)
    python.memory.store([UInt8](repeating: 0, count: 4096), at: own)
    python.memory.store(python.interpreter, at: own + layout.threadState.interpreter)
    python.memory.store(runner, at: own + layout.threadState.threadID)
    python.memory.store(own, at: python.interpreter + layout.interpreter.threadsHead)
    python.memory.store(python.state, at: own + layout.threadState.next)
    return (python, wanderer)
  }

  private static func interpreters(
    of thread: UInt64, _ stack: AddressRange, _ python: FakePython, registers: [UInt64] = []
  ) -> [RemoteAddress] {
    var memory = python.memory
    let directory = ThreadStateDirectory(runtime: python.runtime, memory: &memory)
    return directory.threadStates(
      of: thread, stack: stack, registers: { registers }, memory: &memory
    ).map(\.interpreter)
  }

  @Test(arguments: 10...12)
  func theStackOnWhichItsStructLiesTells(minor: Int) {
    var (python, wanderer) = Self.python(minor: minor)
    let both = [wanderer.interpreter, python.interpreter]
    let field = wanderer.address + python.layout.threadState.cframe!
    // Nobody runs it.
    #expect(Self.interpreters(of: Self.maker, Self.makersStack, python) == both)
    #expect(Self.interpreters(of: Self.runner, Self.stack, python) == [python.interpreter])
    python.memory.store(Self.runner - 0x4000, at: field)
    #expect(Self.interpreters(of: Self.maker, Self.makersStack, python) == [python.interpreter])
    #expect(Self.interpreters(of: Self.runner, Self.stack, python) == both)
    python.memory.store(Self.makersStack.start.rawValue + 64, at: field)
    #expect(Self.interpreters(of: Self.maker, Self.makersStack, python) == both)
    #expect(Self.interpreters(of: Self.runner, Self.stack, python) == [python.interpreter])
  }

  @Test(arguments: 8...9)
  func upTo39TheFramesOnTheStackTell(minor: Int) {
    var (python, wanderer) = Self.python(minor: minor)
    let both = [wanderer.interpreter, python.interpreter]
    python.memory.store([UInt8](repeating: 0, count: 0x8000), at: Self.stack.start)
    let outer = python.frame()
    let inner = python.frame(previous: outer)
    python.memory.store(inner, at: wanderer.address + python.layout.threadState.frame!)
    // What an earlier call has left of one of the two proves nothing.
    python.memory.store(inner, at: Self.stack.start + 0x100)
    #expect(Self.interpreters(of: Self.runner, Self.stack, python) == [python.interpreter])
    python.memory.store(outer, at: Self.stack.start + 0x200)
    #expect(Self.interpreters(of: Self.runner, Self.stack, python) == both)
    #expect(Self.interpreters(of: Self.maker, Self.makersStack, python) == [python.interpreter])
    let registers = [1, inner.rawValue, outer.rawValue]
    #expect(
      Self.interpreters(of: Self.maker, Self.makersStack, python, registers: registers) == both)
  }

  @Test(arguments: PythonVersion.minors(from: 13))
  func laterEachCallHasItsOwn(minor: Int) {
    let (python, _) = Self.python(minor: minor)
    var memory = python.memory
    #expect(!ThreadStateDirectory(runtime: python.runtime, memory: &memory).hasWanderers)
  }

  /// Up to 3.11 a new thread state carries its creator's id until its thread runs.
  @Test func aNewThreadIsNoticed() {
    var (python, _) = Self.python(minor: 10)
    let field = RemoteAddress(0x29_0000) + python.layout.threadState.threadID
    python.memory.store(Self.maker, at: field)
    var directory = ThreadStateDirectory(runtime: python.runtime, memory: &python.memory)
    #expect(directory.byThread[Self.runner] == nil)
    python.memory.store(Self.runner, at: field)
    directory.refresh(memory: &python.memory)
    #expect(directory.byThread[Self.runner]?.count == 1)
  }
}
