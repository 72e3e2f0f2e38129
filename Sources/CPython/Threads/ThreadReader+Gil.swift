import SampleTypes

extension ThreadReader {
  /// `tstate->_status.holds_gil` in 3.13 (bit number).
  private static let statusHoldsGilBit: UInt32 = 5

  /// Who holds the GIL, by what the interpreter itself goes by. `last_holder` would not do: it is
  /// not cleared on release.
  func gilState(memory: inout some RemoteMemory) -> GilState {
    let layout = runtime.layout.threadState
    if let current = runtime.layout.runtime.currentThreadState {
      return memory.pointer(at: runtime.address + current) == threadState.address
        ? .held : .released
    }
    if runtime.layout.isFreeThreaded, let state = layout.state {
      // An attached thread runs Python code: without a GIL beside others, and where the GIL is enabled
      // it has it, because who waits for it is not attached (Python/pystate.c, _PyThreadState_Attach).
      if stateInt(state) == 1 { return .held }
      return layout.gilRequested.map { stateInt($0) != 0 } == true ? .waiting : .released
    }
    // 3.15 clears the request and then sets the other: test that first (cpython issue 142207).
    if let holds = layout.holdsGil, stateInt(holds) != 0 { return .held }
    if let requested = layout.gilRequested, stateInt(requested) != 0 { return .waiting }
    guard layout.holdsGil == nil, let status = layout.status else { return .released }
    let bit = runtime.layout.minor >= 13 ? Self.statusHoldsGilBit : Layout.statusActiveBit
    return stateInt(status) >> bit & 1 == 1 ? .held : .released
  }

  private func stateInt(_ offset: Int) -> UInt32 {
    stateBytes.withUnsafeBytes { $0.field(UInt32.self, offset) }
  }
}
