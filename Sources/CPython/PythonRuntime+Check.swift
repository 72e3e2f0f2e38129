public import SampleTypes

extension PythonRuntime {
  /// Tests the layout against the target's own cross-references: every thread state names the
  /// interpreter that lists it, lists end, and from 3.12 on the main interpreter's GIL pointer
  /// leads to its own GIL. Returns the first contradiction, or nil.
  ///
  /// A target that runs meanwhile may contradict itself for a moment: try again before giving up.
  public func check(memory: inout some RemoteMemory) -> RuntimeCheck? {
    let interpreters = interpreters(memory: &memory)
    guard let main = interpreters.last else { return .unreadable }
    guard interpreters.count < Self.interpreterLimit else { return .endlessList }
    for interpreter in interpreters {
      if let failure = checkThreadStates(of: interpreter, memory: &memory) { return failure }
    }
    guard let pointer = layout.interpreter.gil, let embedded = layout.interpreter.embeddedGil
    else { return nil }
    return memory.pointer(at: main + pointer) == main + embedded ? nil : .gilPointer
  }

  private func checkThreadStates(
    of interpreter: RemoteAddress, memory: inout some RemoteMemory
  ) -> RuntimeCheck? {
    guard var next = memory.pointer(at: interpreter + layout.interpreter.threadsHead)
    else { return .unreadable }
    var cycle = CycleDetector()
    for _ in 0..<Self.threadStateLimit {
      if next.isNull { return nil }
      if cycle.closes(at: next) { return .endlessList }
      guard next.isPlausiblePointer,
        let owner = memory.pointer(at: next + layout.threadState.interpreter),
        let following = memory.pointer(at: next + layout.threadState.next)
      else { return .unreadable }
      guard owner == interpreter else { return .foreignThreadState }
      next = following
    }
    return .endlessList
  }
}
