import SampleTypes
import Support
import Testing

@testable import CPython

/// How frames are grouped into activations, version by version.
@Suite struct ActivationTests {
  @Test(arguments: [8, 9])
  func upTo39EachFrameIsOneWithoutAKey(_ minor: Int) {
    var python = FakePython(minor: minor)
    let outer = python.frame()
    let inner = python.frame(previous: outer)
    python.setState(python.layout.threadState.frame, inner)
    let stack = python.read().1
    #expect(
      stack.activations == [
        PythonActivation(key: .null, firstFrame: 0, frameCount: 1),
        PythonActivation(key: .null, firstFrame: 1, frameCount: 1),
      ])
  }

  /// A 3.10 thread with frames and `CFrame`s; returns the keys, innermost first.
  private func python310(frames: Int, cframes: Int) -> (FakePython, [RemoteAddress]) {
    var python = FakePython(minor: 10)
    var frame = RemoteAddress.null
    for _ in 0..<frames { frame = python.frame(previous: frame) }
    python.setState(python.layout.threadState.frame, frame)
    var keys: [RemoteAddress] = []
    var previous: RemoteAddress?
    for _ in 0..<cframes {
      previous = python.cframe(previous: previous)
      keys.insert(previous!, at: 0)
    }
    python.setState(
      python.layout.threadState.cframe,
      previous ?? python.state + python.layout.threadState.rootCFrame!)
    return (python, keys)
  }

  @Test func in310TheyPairByOrder() {
    let (python, keys) = python310(frames: 3, cframes: 3)
    let stack = python.read().1
    #expect(stack.activations.map(\.key) == keys)
    #expect(stack.activations.map(\.firstFrame) == [0, 1, 2])
  }

  @Test func in310OneThatIsBeingEnteredHasNoFrame() {
    let (python, keys) = python310(frames: 2, cframes: 3)
    let layout = python.layout.threadState
    var before = python
    before.setState(layout.cframe, keys[1])
    var reader = ThreadReader(runtime: python.runtime, threadState: python.threadState)
    let earlier = before.read(&reader).1
    #expect(earlier.activations.map(\.key) == [keys[1], keys[2]])
    let stack = python.read(&reader).1
    #expect(stack.activations.map(\.key) == keys)
    #expect(stack.activations.map(\.frameCount) == [0, 1, 1])
    #expect(stack.activations.map(\.firstFrame) == [0, 0, 1])
  }

  @Test func in310OneThatStaysIsGreenlets() {
    let (python, keys) = python310(frames: 2, cframes: 3)
    var plain = python
    plain.setState(python.layout.threadState.cframe, keys[1])
    var reader = ThreadReader(runtime: python.runtime, threadState: python.threadState)
    let withoutSurplus = { (reader: inout ThreadReader) in _ = plain.read(&reader) }
    // Before anything else was seen, after two in a row, and from then on.
    let first = python.read(&reader).1
    #expect(first.activations.map(\.key) == [keys[0], keys[1]])
    reader = ThreadReader(runtime: python.runtime, threadState: python.threadState)
    withoutSurplus(&reader)
    _ = python.read(&reader)
    let second = python.read(&reader).1
    #expect(second.activations.map(\.key) == [keys[0], keys[1]])
    withoutSurplus(&reader)
    let later = python.read(&reader).1
    #expect(later.activations.map(\.key) == [keys[0], keys[1]])
    #expect(later.activations.map(\.frameCount) == [1, 1])
  }

  @Test func in310OneThatIsBeingLeftHasNoKey() {
    let (python, keys) = python310(frames: 3, cframes: 2)
    let stack = python.read().1
    #expect(stack.activations.map(\.key) == [.null] + keys)
  }

  /// A generator that hands an exception on to another one is in the chain, and no eval loop runs it.
  @Test(arguments: [8, 9, 10])
  func upTo310WhatIsNotRunIsPartOfItsCaller(_ minor: Int) {
    var python = FakePython(minor: minor)
    let layout = python.layout
    let caller = python.frame()
    let outer = python.frame(previous: caller)
    let middle = python.frame(previous: outer)
    let inner = python.frame(previous: middle)
    for frame in [outer, middle] {
      python.memory.store(Int32(0), at: frame + layout.frame.execution!)
    }
    python.setState(layout.threadState.frame, inner)
    var keys = [RemoteAddress.null, .null]
    if minor == 10 {
      keys[1] = python.cframe()
      keys[0] = python.cframe(previous: keys[1])
      python.setState(layout.threadState.cframe, keys[0])
    }
    let stack = python.read().1
    #expect(stack.frames.map(\.frame) == [inner, middle, outer, caller])
    #expect(
      stack.activations == [
        PythonActivation(key: keys[0], firstFrame: 0, frameCount: 1),
        PythonActivation(key: keys[1], firstFrame: 1, frameCount: 3),
      ])
  }

  /// 3.11 names the innermost generator that hands on, all of which are still marked as entries.
  @Test(arguments: [1, 2, 20])
  func in311GeneratorsThatHandOnArePartOfTheirCaller(_ count: Int) {
    var python = FakePython(minor: 11)
    let field = python.layout.cframe.currentFrame!
    let caller = python.frame(isEntry: true)
    var generator = caller
    for _ in 0..<count { generator = python.frame(previous: generator, owner: 1, isEntry: true) }
    let inner = python.frame(previous: generator, owner: 1, isEntry: true)
    let keys = [python.cframe(current: inner), python.cframe(current: generator)]
    python.memory.store(keys[1], at: keys[0] + python.layout.cframe.previous!)
    python.setState(python.layout.threadState.cframe, keys[0])
    let stack = python.read().1
    #expect(python.memory.pointer(at: keys[0] + field) == inner)
    #expect(
      stack.activations == [
        PythonActivation(key: keys[0], firstFrame: 0, frameCount: 1),
        PythonActivation(key: keys[1], firstFrame: 1, frameCount: Int32(count + 1)),
      ])
  }

  /// Two activations: the inner one runs two frames, the outer one.
  private func python311() -> (python: FakePython, frames: [RemoteAddress], keys: [RemoteAddress]) {
    var python = FakePython(minor: 11)
    let outermost = python.frame(isEntry: true)
    let middle = python.frame(previous: outermost, isEntry: true)
    let innermost = python.frame(previous: middle)
    let inner = python.cframe()
    let outer = python.cframe(current: outermost)
    python.memory.store(innermost, at: inner + python.layout.cframe.currentFrame!)
    python.memory.store(outer, at: inner + python.layout.cframe.previous!)
    python.setState(python.layout.threadState.cframe, inner)
    return (python, [innermost, middle, outermost], [inner, outer])
  }

  @Test func in311TheyEndWithAnEntry() {
    let (python, frames, keys) = python311()
    let stack = python.read().1
    #expect(stack.outcome == .complete)
    #expect(stack.frames.map(\.frame) == frames)
    #expect(
      stack.activations == [
        PythonActivation(key: keys[0], firstFrame: 0, frameCount: 2),
        PythonActivation(key: keys[1], firstFrame: 2, frameCount: 1),
      ])
  }

  @Test func in311ACFrameThatNamesNoFrameIsPassedOver() {
    var (python, _, keys) = python311()
    let greenlets = python.cframe(current: RemoteAddress(0x7000))
    python.memory.store(greenlets, at: keys[1] + python.layout.cframe.previous!)
    #expect(python.read().1.activations.map(\.key) == keys)
    // Also between two that do.
    python.memory.store(greenlets, at: keys[0] + python.layout.cframe.previous!)
    python.memory.store(keys[1], at: greenlets + python.layout.cframe.previous!)
    python.memory.store(
      python.state + python.layout.threadState.rootCFrame!,
      at: keys[1] + python.layout.cframe.previous!)
    #expect(python.read().1.activations.map(\.key) == keys)
  }

  @Test(arguments: PythonVersion.minors(from: 12))
  func from312TheyEndBeforeAnEntryFrame(_ minor: Int) {
    var python = FakePython(minor: minor)
    let entries = (python.allocateOnStack(), python.allocateOnStack())
    python.frame(at: entries.1, owner: 3)
    let outer = python.frame(previous: entries.1)
    python.frame(at: entries.0, previous: outer, owner: 3)
    let generator = python.frame(previous: entries.0, owner: 1)
    let inner = python.frame(previous: generator)
    FrameChainTests.setHead(inner, in: &python)
    let stack = python.read().1
    #expect(stack.outcome == .complete)
    #expect(stack.frames.map(\.frame) == [inner, generator, outer])
    #expect(
      stack.activations == [
        PythonActivation(key: entries.0, firstFrame: 0, frameCount: 2),
        PythonActivation(key: entries.1, firstFrame: 2, frameCount: 1),
      ])
  }

  @Test(arguments: PythonVersion.minors(from: 12))
  func from312OneThatIsBeingLeftHasNoFrame(_ minor: Int) {
    var python = FakePython(minor: minor)
    let entries = (python.allocateOnStack(), python.allocateOnStack())
    python.frame(at: entries.1, owner: 3)
    let outer = python.frame(previous: entries.1)
    python.frame(at: entries.0, previous: outer, owner: 3)
    FrameChainTests.setHead(entries.0, in: &python)
    #expect(python.read().1.activations.map(\.frameCount) == [0, 1])
  }

  @Test func in315TheBaseFrameIsTheEndAndNoActivation() {
    var python = FakePython(minor: 15)
    // Inside the thread state; not to be read.
    let base = RemoteAddress(0x7777_0000)
    let entry = python.frame(at: python.allocateOnStack(), previous: base, owner: 3)
    let frame = python.frame(previous: entry)
    python.setState(python.layout.threadState.baseFrame, base)
    python.setState(python.layout.threadState.currentFrame, frame)
    let stack = python.read().1
    #expect(stack.outcome == .complete)
    #expect(stack.activations.map(\.key) == [entry])
    python.setState(python.layout.threadState.currentFrame, base)
    #expect(python.read().1.outcome == .empty)
  }
}
