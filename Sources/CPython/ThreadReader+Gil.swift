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
      // There may be no GIL at all: an attached thread runs Python code.
      return stateInt(state) == 1 ? .held : .released
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
