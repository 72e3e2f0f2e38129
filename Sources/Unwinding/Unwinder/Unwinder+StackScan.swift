import SampleTypes
import Symbols

/// The last way out of a file's code without call frame information: looking for its return address.
extension Unwinder {
  /// What is known of one function without call frame information.
  struct ScannedFunction {
    var saves: PrologueSaves
    /// Distance of the return address from the stack pointer when it was last found: it stays while
    /// a loop runs.
    var distance: UInt64?
    /// Scans in a row that found nothing.
    var failures = 0
  }

  /// MKL's kernels make room for whole panels of a matrix.
  static let scannedWords = 1 << 15
  /// After several failures no more than this is looked at.
  static let fewWords = 1 << 9
  static let scannedCandidates = 32
  private static let mostFunctions = 4096

  /// Hand-written kernels (MKL's, some of OpenSSL's) describe nothing and keep no frame pointer: of the
  /// words on the stack that could be their return address, the first counts from which call
  /// frame information alone leads to the end of the stack. A word left over from an earlier call
  /// hardly ever does.
  mutating func stepByScan(
    _ state: inout UnwindState, limit: UInt64?, _ context: borrowing StepContext
  ) -> Step? {
    guard let start = functionStart(state.registers.rip, context.modules) else { return nil }
    var function = scanned[start] ?? describe(start, context.modules)
    let found = returnAddress(state, function, limit: limit ?? .max, context)
    if let found {
      function.distance = found.slot &- state.registers.rsp
      function.failures = 0
    } else {
      function.failures += 1
    }
    remember(function, at: start)
    guard let found else { return nil }
    state = found.caller
    return Step(cfa: found.slot &+ 8, origin: .stackScan)
  }

  mutating func remember(_ function: ScannedFunction, at start: UInt64) {
    if scanned.count >= Self.mostFunctions { scanned.removeAll() }
    scanned[start] = function
  }

  func functionStart(_ address: UInt64, _ modules: ModuleTable) -> UInt64? {
    guard let module = modules.module(containing: address) else { return nil }
    return module.address(
      ofLinkAddress: module.function(at: module.linkAddress(of: address)).start)
  }

  private func describe(_ start: UInt64, _ modules: ModuleTable) -> ScannedFunction {
    let module = modules.module(containing: start)
    let code = module?.image?.bytes(
      atLinkAddress: module?.linkAddress(of: start) ?? 0, count: 160)
    return ScannedFunction(saves: PrologueSaves(code ?? []))
  }

  private mutating func returnAddress(
    _ state: UnwindState, _ function: ScannedFunction, limit: UInt64,
    _ context: borrowing StepContext
  ) -> (slot: UInt64, caller: UnwindState)? {
    let start = state.registers.rsp
    if let distance = function.distance, case let slot = start &+ distance, slot < limit,
      let caller = caller(of: state, slot, function, context)
    {
      return (slot, caller)
    }
    var candidates = 0
    var slot = start
    for _ in 0..<(function.failures > 4 ? Self.fewWords : Self.scannedWords) {
      guard slot < limit, let word = context.stack.word(at: slot) else { return nil }
      if context.modules.isExecutable(word), callSites.followsCall(word, context.modules) {
        if let caller = caller(of: state, slot, function, context) { return (slot, caller) }
        candidates += 1
        if candidates == Self.scannedCandidates { return nil }
      }
      slot &+= 8
    }
    return nil
  }

  /// The caller if its address lies at `slot`; nil if the rest of the stack does not follow from it.
  private mutating func caller(
    of state: UnwindState, _ slot: UInt64, _ function: ScannedFunction,
    _ context: borrowing StepContext
  ) -> UnwindState? {
    guard let word = context.stack.word(at: slot), callSites.followsCall(word, context.modules)
    else { return nil }
    var caller = state
    caller.known &= UnwindState.afterReturn
    for (number, offset) in function.saves.slots {
      guard case let place = slot &+ 8 &+ UInt64(bitPattern: offset),
        // What lies below the stack pointer is not saved yet.
        place >= state.registers.rsp, let value = context.stack.word(at: place)
      else { continue }
      caller.registers.set(dwarf: number, value)
    }
    leave(&caller, to: word, slot &+ 8)
    return leadsToTheEnd(caller, context) ? caller : nil
  }

  /// Leaves a frame by call frame information alone; nil where there is none.
  mutating func stepByRule(
    _ state: inout UnwindState, _ isReturnAddress: Bool, _ context: borrowing StepContext
  ) -> (frame: NativeFrame, step: Step)? {
    var frame = NativeFrame(
      address: state.registers.rip, stackPointer: state.registers.rsp,
      cfa: state.registers.rsp, isReturnAddress: isReturnAddress, origin: .callFrameInfo)
    let rule = rule(of: frame, context.modules)
    let step: Step
    switch rule.kind {
    case .plain: step = Self.stepPlain(&state, rule, context.stack)
    case .expression: step = stepExpression(&state, rule, context.stack)
    case .none, .notCode: return nil
    }
    frame.cfa = step.cfa
    return (frame, step)
  }

  private mutating func leadsToTheEnd(
    _ caller: UnwindState, _ context: borrowing StepContext
  ) -> Bool {
    var state = caller
    var isReturnAddress = true
    for _ in 0..<512 {
      guard let (_, step) = stepByRule(&state, isReturnAddress, context) else { return false }
      if let outcome = step.outcome { return outcome == .complete && !step.endsAtZero }
      isReturnAddress = !step.wasInterrupted
    }
    return false
  }
}
