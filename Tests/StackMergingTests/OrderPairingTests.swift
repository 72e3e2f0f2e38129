import SampleTypes
import StackMerging
import Testing

/// 3.8 and 3.9, where activations have no keys. Native frames are all eval loops, innermost first;
/// Python frames lie at 0x10, 0x20, 0x30…, innermost first.
@Suite struct OrderPairingTests {
  private func hosts(evalLoops: Int, frames: Int, held: [UInt64]) -> ([Int32], MergeOutcome) {
    let native = (0..<evalLoops).map { index in
      let start = 0x1000 + UInt64(index) * 0x100
      return NativeFrame(
        address: 0x40_0000, stackPointer: start, cfa: start + 0x100, isReturnAddress: index > 0,
        origin: .callFrameInfo)
    }
    var python = PythonStack()
    for index in 0..<frames {
      python.frames.append(
        PythonFrame(
          frame: RemoteAddress(0x10 * UInt64(index + 1)), code: RemoteAddress(8),
          instructionOffset: 0))
      python.activations.append(
        PythonActivation(key: .null, firstFrame: Int32(index), frameCount: 1))
    }
    var merger = StackMerger()
    let outcome = merger.merge(
      native: native, isEvalLoop: native.map { _ in true }, nativeIsComplete: true,
      python: python, heldFrames: held)
    return (merger.hosts, outcome)
  }

  @Test func withoutARegisterTheyPairFromTheInnermost() {
    #expect(hosts(evalLoops: 3, frames: 3, held: []) == ([0, 1, 2], .exact))
    let entering = hosts(evalLoops: 3, frames: 2, held: [])
    #expect(entering == ([1, 2], .partial(.enteringOrLeaving)))
    // More than one too many: what lies below a greenlet's start.
    #expect(hosts(evalLoops: 4, frames: 2, held: []).0 == [0, 1])
  }

  @Test func aRegisterTellsAnOuterStackFromOneThatIsEntered() {
    // One eval loop too many, and it is the outermost.
    let greenlet = hosts(evalLoops: 3, frames: 2, held: [0x10, 0x20, 0x9990])
    #expect(greenlet == ([0, 1], .partial(.evalWithoutActivation)))
    // In the prologue the register still is the caller's, who must get it nevertheless.
    let entering = hosts(evalLoops: 3, frames: 2, held: [0x10, 0x10, 0x20])
    #expect(entering == ([1, 2], .partial(.enteringOrLeaving)))
    let leaving = hosts(evalLoops: 3, frames: 2, held: [0x9990, 0x10, 0x20])
    #expect(leaving == ([1, 2], .partial(.enteringOrLeaving)))
  }

  @Test func whereTheRegisterSaysNothingOrderFillsTheGaps() {
    #expect(hosts(evalLoops: 3, frames: 3, held: [0, 0, 0]) == ([0, 1, 2], .exact))
    #expect(hosts(evalLoops: 3, frames: 3, held: [0, 0x20, 0]) == ([0, 1, 2], .exact))
    #expect(hosts(evalLoops: 4, frames: 4, held: [0x10, 0, 0, 0x40]) == ([0, 1, 2, 3], .exact))
    #expect(hosts(evalLoops: 3, frames: 2, held: [0, 0, 0x20]).0 == [1, 2])
    // An activation without an eval loop of its own.
    #expect(hosts(evalLoops: 2, frames: 3, held: [0x10, 0x30]).0 == [0, -1, 1])
  }

  @Test func aDeepStackThatNeverAgreesEnds() {
    let count = 8000
    let result = hosts(evalLoops: count, frames: count, held: Array(repeating: 1, count: count))
    #expect(result == ((0..<Int32(count)).map { $0 }, .exact))
  }
}
