import SampleTypes
import Symbols

/// Ways out of code in no file that is not about to return: what JIT compilers make.
extension Unwinder {
  mutating func stepFromAnonymousCode(
    _ state: inout UnwindState, _ context: borrowing StepContext
  ) -> Step {
    let key = innermostKey(state, context)
    if interpreterHasJIT, let key, context.modules.isAnonymousExecutable(state.registers.rip) {
      // The interpreter's own JIT code stands for the eval loop, whatever words it has left on the
      // stack. Only what proves that somebody else's code was called goes before that.
      if let step = stepToCaller(&state, key, context, mustBeProven: true) { return step }
      if let step = stepByKey(&state, key, context) { return step }
    }
    if !isCallersFramePointer(state, key, context),
      let step = stepByFramePointer(&state, limit: key, context)
    {
      return step
    }
    if let step = stepToCaller(&state, key, context, mustBeProven: false) { return step }
    if let step = stepByFramePointer(&state, limit: key, context) { return step }
    guard let key, var step = stepByKey(&state, key, context) else { return .stop(.noUnwindInfo) }
    // The eval loop is among the frames that were jumped over: this frame is not the one that runs the
    // activation.
    step.cfa = 0
    return step
  }

  private mutating func stepToCaller(
    _ state: inout UnwindState, _ key: UInt64?, _ context: borrowing StepContext,
    mustBeProven: Bool
  ) -> Step? {
    guard let found = searchedCaller(state, key, context), found.isProven || !mustBeProven
    else { return nil }
    let isTopWord = context.isInnermost && found.slot == state.registers.rsp
    state = found.caller
    return Step(
      cfa: found.slot &+ 8,
      origin: isTopWord && found.doubt == nil ? .framePointer : .stackScan)
  }

  /// The search, given up for a page of code where it has failed again and again: it may look at a
  /// quarter of a megabyte.
  private mutating func searchedCaller(
    _ state: UnwindState, _ key: UInt64?, _ context: borrowing StepContext
  ) -> CallerCandidate? {
    let page = state.registers.rip & ~0xfff
    var function = scanned[page] ?? ScannedFunction(saves: PrologueSaves([]))
    let found = nearestCaller(
      state, below: key ?? .max, key, context,
      words: function.failures > 4 ? Self.fewWords : Self.scannedWords)
    function.failures = found == nil ? function.failures + 1 : 0
    remember(function, at: page)
    return found
  }

  /// True if the code keeps no frame pointer, so that rbp still is that of a function which called it:
  /// the saved pair is that function's, and following it would leave out frames.
  private mutating func isCallersFramePointer(
    _ state: UnwindState, _ key: UInt64?, _ context: borrowing StepContext
  ) -> Bool {
    guard let framePointer = state.value(6), framePointer >= state.registers.rsp,
      framePointer < .max - 16, let returnAddress = context.stack.word(at: framePointer + 8)
    else { return false }
    let nearer = nearestCaller(
      state, below: framePointer, key, context, words: Self.fewWords)
    guard let nearer, nearer.doubt == nil else { return false }
    // Code in no file is out of reach for a direct call.
    if case .direct = callSites.call(before: returnAddress, context.modules) { return true }
    return nearer.callerCFA == framePointer + 16
  }
}
