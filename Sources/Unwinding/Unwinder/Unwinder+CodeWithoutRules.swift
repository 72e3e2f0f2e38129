public import SampleTypes
public import Symbols

/// Ways out of code that no call frame information describes: JIT code, trampolines, closures,
/// hand-written assembly. Each result is checked against the code that it returns to.
extension Unwinder {
  /// Tells that `frame` was confirmed to be the eval activation of `key`: its distance
  /// `cfa - key` is a constant of the binary and serves to find the caller of an activation whose
  /// callee has no call frame information (JIT code).
  ///
  /// Cheap when the binary is known already; may be called for every confirmed activation.
  public mutating func learnActivation(frame: NativeFrame, key: UInt64, modules: ModuleTable) {
    let distance = frame.cfa &- key
    // A topmost frame may be in its prologue, where registers are not saved yet.
    guard frame.isReturnAddress, distance >= 8, distance <= 4096,
      let module = modules.module(containing: frame.lookupAddress),
      !activations.contains(where: { $0.module == module.index && $0.distance == distance })
    else { return }
    let rule = rule(of: frame, modules)
    guard rule.kind == .plain, activations.count < 16 else { return }
    activations.append(
      LearnedActivation(module: module.index, distance: distance, rule: rule))
  }

  /// True if `key` is at the learned distance of its binary in `frame`; false if nothing was learned.
  public func isActivation(_ frame: NativeFrame, key: UInt64, modules: ModuleTable) -> Bool {
    guard let module = modules.module(containing: frame.lookupAddress) else { return false }
    return activations.contains {
      $0.module == module.index && $0.distance == frame.cfa &- key
    }
  }

  @inline(never)
  mutating func stepWithoutRule(
    _ state: inout UnwindState, _ context: borrowing StepContext
  ) -> Step {
    if context.modules.module(containing: state.registers.rip) == nil {
      return stepFromAnonymousCode(&state, context)
    }
    let key = innermostKey(state, context)
    if let step = stepByFramePointer(&state, limit: key, context) { return step }
    if context.isInnermost, let step = stepFromLeaf(&state, limit: key, context) { return step }
    if let step = stepByScan(&state, limit: key, context) { return step }
    // It would jump over the frames between the assembly and the eval loop.
    if let key, let step = stepByKey(&state, key, context) { return step }
    return .stop(.noUnwindInfo)
  }

  func innermostKey(_ state: UnwindState, _ context: borrowing StepContext) -> UInt64? {
    let stackPointer = state.registers.rsp
    let keys = context.keys
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < stackPointer { low = middle + 1 } else { high = middle }
    }
    return low < keys.count ? keys[low] : nil
  }

  /// The activation that owns the innermost key ends a known distance above it.
  mutating func stepByKey(
    _ state: inout UnwindState, _ key: UInt64, _ context: borrowing StepContext
  ) -> Step? {
    for activation in activations.reversed() {
      let cfa = key &+ activation.distance
      let slot = cfa &+ UInt64(bitPattern: Int64(activation.rule.returnAddressOffset))
      guard cfa > state.registers.rsp, let returnAddress = context.stack.word(at: slot),
        callSites.followsCall(returnAddress, context.modules)
      else { continue }
      // What the code in between did to registers that the activation did not save is unknown.
      state.known = 0
      Self.restore(&state, activation.rule, cfa, context.stack)
      leave(&state, to: returnAddress, cfa)
      return Step(cfa: cfa, origin: .activationKey)
    }
    return nil
  }

  /// `push rbp; mov rbp, rsp`: the caller's rbp and the return address lie at rbp.
  mutating func stepByFramePointer(
    _ state: inout UnwindState, limit: UInt64?, _ context: borrowing StepContext
  ) -> Step? {
    guard let framePointer = state.value(6), framePointer & 7 == 0,
      framePointer >= state.registers.rsp, framePointer < .max - 16
    else { return nil }
    let cfa = framePointer + 16
    // A chain that jumps over the innermost activation is some outer function's.
    guard cfa <= limit ?? .max, let callerFramePointer = context.stack.word(at: framePointer),
      let returnAddress = context.stack.word(at: framePointer + 8),
      isPlausibleReturn(returnAddress, context.modules)
    else { return nil }
    state.known = 1 << 6
    state.registers.rbp = callerFramePointer
    leave(&state, to: returnAddress, cfa)
    return Step(cfa: cfa, origin: .framePointer)
  }

  /// A stub that has pushed nothing: its return address is on top of the stack.
  private mutating func stepFromLeaf(
    _ state: inout UnwindState, limit: UInt64?, _ context: borrowing StepContext
  ) -> Step? {
    let cfa = state.registers.rsp &+ 8
    guard cfa <= limit ?? .max, let returnAddress = context.stack.word(at: state.registers.rsp),
      callSites.followsCall(returnAddress, context.modules)
    else { return nil }
    state.known &= UnwindState.afterReturn
    leave(&state, to: returnAddress, cfa)
    return Step(cfa: cfa, origin: .framePointer)
  }

  func leave(_ state: inout UnwindState, to returnAddress: UInt64, _ cfa: UInt64) {
    state.registers.rip = returnAddress
    state.registers.rsp = cfa
    state.known |= 1 << 7 | 1 << 16
    clearUnknown(&state)
  }

  /// Unknown registers read as 0, in `SavedRegisters` too.
  private func clearUnknown(_ state: inout UnwindState) {
    for number in [3, 6, 12, 13, 14, 15] where state.known & (1 << UInt32(number)) == 0 {
      state.registers.set(dwarf: number, 0)
    }
  }

  /// JIT code calls JIT code, of which no bytes are at hand.
  private mutating func isPlausibleReturn(_ address: UInt64, _ modules: ModuleTable) -> Bool {
    callSites.followsCall(address, modules) || modules.isAnonymousExecutable(address &- 1)
  }
}
