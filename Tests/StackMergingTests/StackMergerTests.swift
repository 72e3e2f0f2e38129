import SampleTypes
import StackMerging
import Support
import Testing

/// Native frames of 0x100 bytes each from 0x1000 on, innermost first; Python frames 0, 1, 2…
@Suite struct StackMergerTests {
  private func native(_ count: Int) -> [NativeFrame] {
    (0..<count).map { index in
      let start = 0x1000 + UInt64(index) * 0x100
      return NativeFrame(
        address: 0x40_0000 + UInt64(index), stackPointer: start, cfa: start + 0x100,
        isReturnAddress: index > 0, origin: .callFrameInfo)
    }
  }

  /// Activations with these keys and frame counts, innermost first.
  private func python(_ activations: (key: UInt64, frames: Int32)...) -> PythonStack {
    var stack = PythonStack()
    for activation in activations {
      stack.activations.append(
        PythonActivation(
          key: RemoteAddress(activation.key), firstFrame: Int32(stack.frames.count),
          frameCount: activation.frames))
      for _ in 0..<activation.frames {
        stack.frames.append(
          PythonFrame(frame: RemoteAddress(8), code: RemoteAddress(16), instructionOffset: 0))
      }
    }
    return stack
  }

  private func merge(
    _ native: [NativeFrame], eval: [Int] = [], complete: Bool = true, _ python: PythonStack
  ) -> (MergeOutcome, [StackMerger.Entry]) {
    var merger = StackMerger()
    let outcome = merger.merge(
      native: native, isEvalLoop: native.indices.map(eval.contains), nativeIsComplete: complete,
      python: python)
    return (outcome, merger.entries)
  }

  @Test func splicesFramesIntoTheFrameThatOwnsTheKey() {
    let (outcome, entries) = merge(native(5), eval: [1, 3], python((0x1180, 2), (0x13f8, 1)))
    #expect(outcome == .exact)
    #expect(
      entries == [
        .native(4), .native(3), .python(2), .native(2), .native(1), .python(1), .python(0),
        .native(0),
      ])
  }

  @Test func aKeyAtTheStackPointerIsInsideAndAtTheCFAOutside() {
    let (inside, entries) = merge(native(2), python((0x1000, 1)))
    #expect(inside == .exact)
    #expect(entries == [.native(1), .native(0), .python(0)])
    let (outside, _) = merge(native(2), python((0x1200, 1)))
    #expect(outside == .partial(.activationNotOnStack))
  }

  @Test func findsEvalLoopsThatNoSymbolNames() {
    let (outcome, _) = merge(native(3), eval: [], python((0x1110, 1)))
    #expect(outcome == .exact)
  }

  @Test func theInnermostEvalLoopMayBeUnlinkedForAMoment() {
    let (outcome, entries) = merge(native(4), eval: [0, 2], python((0x1210, 1)))
    #expect(outcome == .partial(.enteringOrLeaving))
    #expect(entries == [.native(3), .native(2), .python(0), .native(1), .native(0)])
  }

  @Test func anOuterEvalLoopWithoutActivationIsAContradiction() {
    let (outcome, _) = merge(native(4), eval: [0, 2], python((0x1010, 1)))
    #expect(outcome == .partial(.evalWithoutActivation))
  }

  @Test func onlyTheInnermostActivationMayRunNoFrame() {
    let (entered, _) = merge(native(4), eval: [0, 2], python((0x1010, 0), (0x1210, 1)))
    #expect(entered == .exact)
    let (emptied, _) = merge(native(4), eval: [0, 2], python((0x1010, 1), (0x1210, 0)))
    #expect(emptied == .partial(.evalWithoutActivation))
  }

  @Test func aTruncatedNativeStackKeepsTheOuterPythonFrames() {
    let (outcome, entries) = merge(
      native(2), eval: [0], complete: false, python((0x1010, 1), (0x9000, 2)))
    #expect(outcome == .partial(.nativeTruncated))
    #expect(entries == [.python(2), .python(1), .native(1), .native(0), .python(0)])
  }

  /// Compiled code is on the Python stack without an eval loop: the program's entry stays outermost.
  @Test func framesThatNothingRunsStandBehindTheNativeOnes() {
    let (outcome, entries) = merge(native(3), python((0, 3)))
    #expect(outcome == .partial(.noEvalLoop))
    #expect(
      entries == [.native(2), .native(1), .native(0), .python(2), .python(1), .python(0)])
    let between = merge(native(4), eval: [1, 3], python((0x1110, 1), (0, 1), (0x1310, 1)))
    #expect(between.0 == .partial(.noEvalLoop))
    #expect(
      between.1 == [
        .native(3), .python(2), .native(2), .python(1), .native(1), .python(0), .native(0),
      ])
  }

  @Test func activationsInTheWrongOrderAreNotSpliced() {
    let (outcome, entries) = merge(native(4), eval: [], python((0x1210, 1), (0x1010, 1)))
    #expect(outcome == .partial(.activationsOutOfOrder))
    #expect(entries.count == 6)
  }

  @Test func withoutNativeFramesOnlyPythonIsLeft() {
    let (outcome, entries) = merge([], python((0x1010, 2)))
    #expect(outcome == .pythonOnly(.nativeNotRecorded))
    #expect(entries == [.python(1), .python(0)])
  }

  @Test func aThreadWithoutPythonIsExact() {
    let (outcome, entries) = merge(native(2), PythonStack())
    #expect(outcome == .exact)
    #expect(entries == [.native(1), .native(0)])
  }

  @Test(arguments: [
    (PythonStack.Outcome.unreadable, MergeReason.pythonUnreadable),
    (.implausible, .pythonImplausible), (.tooLong, .pythonTooLong),
    (.withoutCallers, .noEvalLoop),
  ])
  func aBrokenPythonChainIsSaid(_ outcome: PythonStack.Outcome, _ reason: MergeReason) {
    var broken = python((0x1010, 1))
    broken.outcome = outcome
    #expect(merge(native(2), broken).0 == .partial(reason))
    #expect(merge([], broken).0 == .partial(reason))
    var nothing = PythonStack()
    nothing.outcome = outcome
    #expect(merge(native(2), nothing).0 == .nativeOnly(reason))
  }

  @Test func anActivationWithoutFramesNeedsNoHost() {
    let (outcome, _) = merge(native(2), python((0x9000, 0)))
    #expect(outcome == .exact)
  }

  /// What called it is not known, so the stack is not whole.
  @Test func anActivationThatIsEnteredAloneIsNotExact() {
    #expect(merge(native(2), python((0x1010, 0))).0 == .partial(.enteringOrLeaving))
  }

  /// 3.8 and 3.9: no keys, pairing from the innermost.
  @Test func pairsByOrderWithoutKeys() {
    let equal = merge(native(4), eval: [1, 3], python((0, 1), (0, 1)))
    #expect(equal.0 == .exact)
    #expect(
      equal.1 == [.native(3), .python(1), .native(2), .native(1), .python(0), .native(0)])
    let entering = merge(native(4), eval: [0, 1, 3], python((0, 1), (0, 1)))
    #expect(entering.0 == .partial(.enteringOrLeaving))
    #expect(
      entering.1 == [.native(3), .python(1), .native(2), .native(1), .python(0), .native(0)])
  }

  /// Whatever comes in, every frame comes out once.
  @Test func nothingIsEverDropped() {
    var random = SeededNumbers(seed: 1)
    for _ in 0..<5000 {
      let frames = native(Int.random(in: 0...12, using: &random))
      var stack = PythonStack()
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let key = UInt64.random(in: 0x0f00...0x1d00, using: &random)
        let count = Int32.random(in: 0...3, using: &random)
        stack.activations.append(
          PythonActivation(
            key: RemoteAddress(key), firstFrame: Int32(stack.frames.count), frameCount: count))
        for _ in 0..<count {
          stack.frames.append(
            PythonFrame(frame: .null, code: .null, instructionOffset: 0))
        }
      }
      let (_, entries) = merge(
        frames, eval: frames.indices.filter { _ in Bool.random(using: &random) },
        complete: Bool.random(using: &random), stack)
      let expected =
        frames.indices.map { StackMerger.Entry.native(Int32($0)) }
        + stack.frames.indices.map { StackMerger.Entry.python(Int32($0)) }
      #expect(Set(entries) == Set(expected))
      #expect(entries.count == expected.count)
    }
  }
}
