import SampleTypes
import Support
import Testing

@testable import CPython

/// Chains of frames made by hand: the rules of each version, and what a corrupt chain does.
@Suite struct FrameChainTests {
  /// Sets the thread state's innermost frame, through a `_PyCFrame` where the version has one.
  static func setHead(
    _ frame: RemoteAddress, in python: inout FakePython, of state: RemoteAddress? = nil
  ) {
    let layout = python.layout.threadState
    let state = state ?? python.state
    var fields: [(Int, RemoteAddress)]
    if let field = layout.frame {
      fields = [(field, frame)]
      if let cframe = layout.cframe { fields.append((cframe, state + layout.rootCFrame!)) }
    } else if let field = layout.currentFrame {
      fields = [(field, frame)]
    } else {
      fields = [
        (layout.cframe!, python.cframe(current: frame, previous: state + layout.rootCFrame!))
      ]
    }
    for (field, value) in fields { python.memory.store(value, at: state + field) }
  }

  @Test(arguments: PythonVersion.knownMinors)
  func aThreadWithoutFramesIsEmpty(_ minor: Int) {
    var python = FakePython(minor: minor)
    Self.setHead(.null, in: &python)
    let (reading, stack) = python.read()
    #expect(reading.isValid)
    #expect(stack.outcome == .empty)
    #expect(stack.frames.isEmpty && stack.activations.isEmpty)
  }

  @Test(arguments: PythonVersion.knownMinors)
  func aCycleIsNoticed(_ minor: Int) {
    var python = FakePython(minor: minor)
    let first = python.allocate()
    var frame = first
    for _ in 0..<99 { frame = python.frame(previous: frame) }
    python.frame(at: first, previous: frame)
    Self.setHead(python.frame(previous: frame), in: &python)
    let (_, stack) = python.read()
    #expect(stack.outcome == .tooLong)
    #expect(100...300 ~= stack.frames.count)
  }

  @Test(arguments: PythonVersion.knownMinors)
  func aLongChainIsCut(_ minor: Int) {
    var python = FakePython(minor: minor)
    var frame = RemoteAddress.null
    for _ in 0..<ThreadReader.frameLimit + 1 { frame = python.frame(previous: frame) }
    Self.setHead(frame, in: &python)
    let (_, stack) = python.read()
    #expect(stack.outcome == .tooLong)
    #expect(stack.frames.count == ThreadReader.frameLimit)
  }

  @Test(arguments: PythonVersion.knownMinors)
  func aChainIntoUnmappedMemoryKeepsWhatCameBefore(_ minor: Int) {
    var python = FakePython(minor: minor)
    let frame = python.frame(previous: RemoteAddress(0x6666_0000))
    Self.setHead(frame, in: &python)
    let (reading, stack) = python.read()
    #expect(reading.isValid)
    #expect(stack.outcome == .unreadable)
    #expect(stack.frames.map(\.frame) == [frame])
    #expect(stack.activations.map(\.frameCount) == [1])
  }

  @Test(arguments: PythonVersion.knownMinors)
  func anOddPointerIsImplausible(_ minor: Int) {
    var python = FakePython(minor: minor)
    let frame = python.frame(previous: RemoteAddress(0x100_0004))
    Self.setHead(frame, in: &python)
    #expect(python.read().1.outcome == .implausible)
  }

  @Test(arguments: PythonVersion.minors(from: 11))
  func anUnknownOwnerIsImplausible(_ minor: Int) {
    var python = FakePython(minor: minor)
    let frame = python.frame(owner: 9)
    Self.setHead(frame, in: &python)
    let (_, stack) = python.read()
    #expect(stack.outcome == .implausible)
    #expect(stack.frames.isEmpty)
  }

  @Test(arguments: PythonVersion.knownMinors)
  func instructionPointersBecomeByteOffsets(_ minor: Int) {
    var python = FakePython(minor: minor)
    let outer = python.frame(offset: -1)
    let inner = python.frame(previous: outer, offset: 20)
    Self.setHead(inner, in: &python)
    let offsets = python.read().1.frames.map(\.instructionOffset)
    // Code units in 3.10; -1 there means that nothing ran yet.
    #expect(offsets == (minor == 10 ? [40, -2] : [20, -1]))
  }

  @Test(arguments: PythonVersion.minors(from: 11))
  func anInstructionPointerElsewhereIsUnknown(_ minor: Int) {
    var python = FakePython(minor: minor)
    let frame = python.frame(offset: 1 << 40)
    Self.setHead(frame, in: &python)
    let (_, stack) = python.read()
    #expect(stack.outcome == .complete)
    #expect(stack.frames.map(\.instructionOffset) == [-1])
  }

  @Test(arguments: PythonVersion.knownMinors)
  func aThreadStateOfAnotherThreadIsNotRead(_ minor: Int) {
    var python = FakePython(minor: minor)
    Self.setHead(python.frame(), in: &python)
    python.memory.store(UInt64(1), at: python.state + python.layout.threadState.threadID)
    let (reading, stack) = python.read()
    #expect(!reading.isValid && reading.gil == .none)
    #expect(stack.frames.isEmpty && stack.outcome == .unreadable)
  }

  @Test func taggedReferencesAreCleaned() {
    var python = FakePython(minor: 14)
    let frame = python.frame()
    let code = python.memory.pointer(at: frame + python.layout.frame.code)!
    python.memory.store(code + 1, at: frame + python.layout.frame.code)
    Self.setHead(frame, in: &python)
    #expect(python.read().1.frames.map(\.code) == [code])
  }

  @Test func aThreadsCopyOfTheBytecodeIsTheBase() {
    var python = FakePython(minor: 14, freeThreaded: true)
    let layout = python.layout
    let frame = python.frame()
    let code = python.memory.pointer(at: frame + layout.frame.code)!
    let (array, copy) = (RemoteAddress(0x6000_0000), python.allocate())
    python.memory.store(array, at: code + layout.code.threadLocalBytecode!)
    python.memory.store(UInt64(3), at: array)
    python.memory.store(copy, at: array + 8 + 8 * 2)
    python.memory.store(Int32(2), at: frame + layout.frame.threadLocalBytecodeIndex!)
    python.memory.store(copy + 6, at: frame + layout.frame.instruction)
    Self.setHead(frame, in: &python)
    var reader = ThreadReader(runtime: python.runtime, threadState: python.threadState)
    #expect(python.read(&reader).1.frames.map(\.instructionOffset) == [6])
    // Where it is gets remembered; a reader that cannot find out says so.
    python.memory.unmap(array)
    #expect(python.read(&reader).1.frames.map(\.instructionOffset) == [6])
    #expect(python.read().1.outcome == .unreadable)
  }
}
