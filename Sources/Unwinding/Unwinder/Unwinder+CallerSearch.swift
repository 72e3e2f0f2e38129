import SampleTypes
import Symbols

/// Looking for the return address of code in no file.
extension Unwinder {
  /// Of the words on the stack the nearest from which call frame information leads to the eval loop
  /// that owns `key`, or without a key to the end of the stack.
  ///
  /// Code without frame pointer has slots that it has not written yet, with return addresses of
  /// earlier calls; those lead on, too, because their callers are ours. What gives them away is that a
  /// direct call names the function that it has called.
  mutating func nearestCaller(
    _ state: UnwindState, below limit: UInt64, _ key: UInt64?, _ context: borrowing StepContext,
    words: Int
  ) -> CallerCandidate? {
    var best: CallerCandidate?
    var candidates = 0
    var slot = state.registers.rsp
    for _ in 0..<words {
      guard slot < min(limit, best?.searchEnd ?? .max),
        let word = context.stack.word(at: slot), candidates < Self.scannedCandidates
      else { break }
      if context.modules.isExecutable(word), callSites.followsCall(word, context.modules) {
        candidates += 1
        if let found = candidate(state, slot, word, key, context),
          best.map(found.isBetter) ?? true
        {
          best = found
        }
      }
      slot &+= 8
    }
    return best
  }

  private mutating func candidate(
    _ state: UnwindState, _ slot: UInt64, _ word: UInt64, _ key: UInt64?,
    _ context: borrowing StepContext
  ) -> CallerCandidate? {
    var caller = state
    caller.known &= UnwindState.afterReturn
    leave(&caller, to: word, slot &+ 8)
    if let found = follow(caller, slot, key, context) { return found }
    // Compilers that need rbp for something else save it first.
    guard slot > state.registers.rsp, let saved = context.stack.word(at: slot &- 8) else {
      return nil
    }
    caller.registers.rbp = saved
    caller.known |= 1 << 6
    return follow(caller, slot, key, context)
  }

  private mutating func follow(
    _ caller: UnwindState, _ slot: UInt64, _ key: UInt64?, _ context: borrowing StepContext
  ) -> CallerCandidate? {
    var state = caller
    var found = CallerCandidate(slot: slot, caller: caller, callerCFA: 0)
    if case .direct = callSites.call(before: caller.registers.rip, context.modules) {
      found.doubt = slot
    }
    var isReturnAddress = true
    for depth in 0..<512 {
      guard let (frame, step) = stepByRule(&state, isReturnAddress, context) else { return nil }
      if depth == 0 { found.callerCFA = step.cfa }
      if let key, frame.stackPointer <= key, key < frame.cfa {
        return mayBeActivation(frame, key, context.modules) ? found : nil
      }
      if let outcome = step.outcome {
        return outcome == .complete && !step.endsAtZero && key == nil ? found : nil
      }
      if !step.wasInterrupted {
        let names = callNames(frame.lookupAddress, returnAddress: state.registers.rip, context)
        if names == false { found.doubt = found.doubt ?? step.cfa &- 8 }
        found.isProven = depth > 0 && names == true
      }
      isReturnAddress = !step.wasInterrupted
    }
    return nil
  }

  /// Whether the call before a return address names the function of a code address; nil if it does not
  /// say, as an indirect call or one through a stub.
  private mutating func callNames(
    _ callee: UInt64, returnAddress: UInt64, _ context: borrowing StepContext
  ) -> Bool? {
    switch callSites.call(before: returnAddress, context.modules) {
    case .none: return false
    case .indirect: return nil
    case .direct(let target):
      guard let module = context.modules.module(containing: callee),
        module.index == context.modules.module(containing: target)?.index
      else { return nil }
      return functionStart(callee, context.modules) == target
    }
  }

  private func mayBeActivation(
    _ frame: NativeFrame, _ key: UInt64, _ modules: ModuleTable
  ) -> Bool {
    activations.isEmpty || isActivation(frame, key: key, modules: modules)
  }
}
