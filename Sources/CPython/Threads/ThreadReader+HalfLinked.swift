import SampleTypes

/// 3.11 and 3.12: what to do while the eval loop is being entered.
///
/// `_PyEval_EvalFrameDefault` makes the thread state point to its new `_PyCFrame` first and fills
/// it some instructions later (Python/ceval.c; the compiler orders the stores). Until then both
/// fields of the struct are what an earlier call left on the stack: garbage, or worse, pointers
/// that were right once. 0.1 to 0.3 % of samples of call-heavy code.
extension ThreadReader {
  /// True if the innermost `_PyCFrame` and the chain that was read from it contradict each other.
  func isHalfLinked(
    _ outcome: PythonStack.Outcome, first: Int, in stack: PythonStack
  ) -> Bool {
    guard runtime.layout.minor == 11 || runtime.layout.minor == 12 else { return false }
    guard outcome == .complete || outcome == .tooLong else { return outcome != .empty }
    guard first < stack.activations.count else { return false }
    let activation = stack.activations[first]
    if activation.frameCount > 0, innermostFrameIsGone(activation, in: stack) { return true }
    if rule == .entryFrame {
      guard !activation.key.isNull, let distance = entryFrameToCFrame else {
        // The entry frame may lie farther out than a read goes.
        return activation.key.isNull && outcome == .complete
      }
      return statePointer(runtime.layout.threadState.cframe!) - activation.key != distance
    }
    return nextCFrameContradicts(activation, first, in: stack)
  }

  /// A frame that was popped off the data stack, or a generator's that nothing resumed. A frame is
  /// unlinked before it is popped from 3.11.1 on (cpython issue 99729).
  private func innermostFrameIsGone(
    _ activation: PythonActivation, in stack: PythonStack
  ) -> Bool {
    let index = Int(activation.firstFrame)
    let frame = stack.frames[index].frame
    let layout = runtime.layout.threadState
    if let top = layout.dataStackTop, dataStack.innermostContains(frame) {
      let unlinksFirst = runtime.layout.minor > 11 || runtime.version.micro > 0
      return unlinksFirst && frame >= statePointer(top)
    }
    return index == stack.frames.count - 1 && heapFrames.contains(frame)
  }

  /// 3.11: the next `_PyCFrame` must name the frame that follows the innermost activation's.
  private func nextCFrameContradicts(
    _ activation: PythonActivation, _ first: Int, in stack: PythonStack
  ) -> Bool {
    guard let named = secondCFrame?.frame else { return false }
    let end = Int(activation.firstFrame) + Int(activation.frameCount)
    if first + 1 < stack.activations.count { return stack.frames[end].frame != named }
    return stack.frames[Int(activation.firstFrame)..<end].contains { $0.frame == named }
  }

  /// Reads again what a read has called half-linked, from the activation that is being entered on.
  ///
  /// The instructions of the window have the address of the caller's `_PyCFrame`, which they are
  /// yet to store, in a register or have stored it already. A candidate is believed if the whole
  /// chain from it on is consistent; of several the innermost. The activation that is being
  /// entered comes first, without a frame. If no candidate is right the stack is left as `read`
  /// had it.
  ///
  /// - Parameters:
  ///   - registers: words of the stopped thread's general and vector registers.
  ///   - activations: how many activations `stack` held before that read; `frames` likewise.
  mutating func recover(
    registers: some Sequence<UInt64>, activations: Int, frames: Int,
    memory: inout some RemoteMemory, into stack: inout PythonStack
  ) -> Bool {
    guard let field = runtime.layout.threadState.cframe else { return false }
    let entered = statePointer(field)
    for candidate in candidates(registers, after: entered, memory: &memory) {
      stack.truncate(activations: activations, frames: frames)
      let outcome = readFrames(fromCFrame: candidate, memory: &memory, into: &stack)
      let isRoot = candidate == rootCFrame
      guard outcome == (isRoot ? .empty : .complete),
        isConsistent(from: candidate, first: activations, in: stack)
      else { continue }
      stack.outcome = .complete
      let key = rule == .entryFlag ? entered : entryFrameToCFrame.map { entered - $0 }
      if let key {
        stack.activations.insert(
          PythonActivation(
            key: key, firstFrame: Int32(truncatingIfNeeded: frames), frameCount: 0),
          at: activations)
      }
      return true
    }
    stack.truncate(activations: activations, frames: frames)
    stack.outcome = readFrames(fromCFrame: nil, memory: &memory, into: &stack)
    return false
  }

  /// Every activation has its key, and the innermost one's is where it should be.
  private func isConsistent(
    from cframe: RemoteAddress, first: Int, in stack: PythonStack
  ) -> Bool {
    let read = stack.activations[first...]
    guard read.allSatisfy({ !$0.key.isNull }) else { return false }
    guard let innermost = read.first else { return true }
    if innermost.frameCount > 0, innermostFrameIsGone(innermost, in: stack) { return false }
    if rule == .entryFlag {
      return innermost.key == cframe && !nextCFrameContradicts(innermost, first, in: stack)
    }
    return entryFrameToCFrame.map { cframe - innermost.key == $0 } ?? true
  }

  /// Words that may be the address of the caller's `_PyCFrame`, innermost first; the outermost one,
  /// which is part of the thread state, last.
  private func candidates(
    _ registers: some Sequence<UInt64>, after entered: RemoteAddress,
    memory: inout some RemoteMemory
  ) -> [RemoteAddress] {
    var found: [RemoteAddress] = []
    var words = registers.map(RemoteAddress.init)
    if let previous = runtime.layout.cframe.previous,
      let stored = memory.pointer(at: entered + previous)
    {
      words.append(stored)
    }
    for word in words {
      // The stack grows down, and no stack is larger than this.
      let isAbove = word > entered && word - entered < 64 << 20 && word.isPlausiblePointer
      if isAbove || word == rootCFrame, !found.contains(word) { found.append(word) }
    }
    let root = rootCFrame
    return found.sorted { $1 == root ? $0 != root : $0 != root && $0 < $1 }
  }

  private var rootCFrame: RemoteAddress? {
    runtime.layout.threadState.rootCFrame.map { threadState.address + $0 }
  }
}

extension PythonStack {
  /// Drops what was appended since it had these counts.
  mutating func truncate(activations: Int, frames: Int) {
    self.activations.removeSubrange(activations...)
    self.frames.removeSubrange(frames...)
  }
}
