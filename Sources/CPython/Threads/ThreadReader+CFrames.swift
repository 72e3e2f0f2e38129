import SampleTypes

/// The list of structs that activations of 3.10 to 3.12 keep on the C stack.
extension ThreadReader {
  /// Groups that are looked at for a `_PyCFrame` that may name none of them, in one read.
  private static let mostComparisons = 65_536

  /// 3.11: gives each group the `_PyCFrame` that names its innermost frame. A `_PyCFrame` that
  /// names no such frame belongs to no activation: greenlet keeps one of its own while it
  /// switches.
  ///
  /// A generator that hands an exception on to the one that it waits for (`_gen_throw`) is in the chain
  /// without an activation of its own, and still marked as an entry from when it ran last: the caller's
  /// activation goes on behind it.
  mutating func matchCFrames(
    from start: RemoteAddress, first: Int, memory: inout some RemoteMemory,
    into stack: inout PythonStack
  ) {
    var group = first
    var count = 0
    var comparisons = 0
    var second: (cframe: RemoteAddress, frame: RemoteAddress)?
    defer { secondCFrame = second }
    forEachCFrame(from: start, memory: &memory) { cframe, frame in
      count += 1
      if count == 2 { second = (cframe, frame) }
      guard group < stack.activations.count else { return count < 2 }
      for candidate in group..<stack.activations.count {
        comparisons += 1
        guard comparisons < Self.mostComparisons else { return false }
        let firstFrame = Int(stack.activations[candidate].firstFrame)
        guard firstFrame < stack.frames.count, stack.frames[firstFrame].frame == frame
        else { continue }
        stack.activations[candidate].key = cframe
        group = candidate + 1
        break
      }
      return true
    }
    joinGenerators(from: first, in: &stack)
  }

  /// Joins each group without a `_PyCFrame` that follows a generator to that one's.
  private func joinGenerators(from first: Int, in stack: inout PythonStack) {
    guard !endsInGenerator.isEmpty else { return }
    var (kept, generator) = (first, 0)
    for group in first..<stack.activations.count {
      while generator < endsInGenerator.count, endsInGenerator[generator] < group - 1 {
        generator += 1
      }
      let followsGenerator =
        generator < endsInGenerator.count && endsInGenerator[generator] == group - 1
      let activation = stack.activations[group]
      if followsGenerator, kept > first, activation.key.isNull,
        !stack.activations[kept - 1].key.isNull
      {
        stack.activations[kept - 1].frameCount += activation.frameCount
      } else {
        stack.activations[kept] = activation
        kept += 1
      }
    }
    stack.activations.removeSubrange(kept...)
  }

  /// 3.10: a `CFrame` does not name its frame, so the two lists pair by order.
  ///
  /// A frame too many belongs to an activation that is being left and has unlinked its `CFrame`
  /// already. A `CFrame` too many is the innermost where an activation is being entered, whose frame
  /// is not linked yet, and the outermost where greenlet keeps one of its own below a greenlet.
  mutating func pairCFrames(
    from start: RemoteAddress, first: Int, memory: inout some RemoteMemory,
    into stack: inout PythonStack
  ) {
    var keys = cframes
    cframes = []
    keys.removeAll(keepingCapacity: true)
    forEachCFrame(from: start, memory: &memory) { cframe, _ in
      keys.append(cframe)
      return true
    }
    joinUnrunInnermost(first: first, keys: keys.count, in: &stack)
    let hasUnrun =
      stack.activations.count > first
      && stack.activations.last?.evalLoop == PythonActivation.EvalLoop.none
    let count = stack.activations.count - first - (hasUnrun ? 1 : 0)
    let surplus = keys.count - count
    if surplus <= 0, usesGreenlets == nil { usesGreenlets = false }
    let skipped = surplus > 0 && !surplusIsOutermost() ? surplus : 0
    hadSurplusCFrame = surplus > 0
    for index in 0..<count {
      let key = index + (surplus < 0 ? surplus : skipped)
      if key >= 0, key < keys.count { stack.activations[first + index].key = keys[key] }
    }
    let firstFrame =
      first < stack.activations.count
      ? stack.activations[first].firstFrame : Int32(truncatingIfNeeded: stack.frames.count)
    for key in keys.prefix(skipped).reversed() {
      stack.activations.insert(
        PythonActivation(key: key, firstFrame: firstFrame, frameCount: 0), at: first)
    }
    cframes = keys
  }

  /// An innermost frame that no eval loop runs and that has no `CFrame` is not just being entered: its
  /// `CFrame` would be there first.
  private func joinUnrunInnermost(first: Int, keys: Int, in stack: inout PythonStack) {
    guard stack.activations.count - first > max(keys, 1),
      stack.activations[first].evalLoop == .doubtful
    else { return }
    let innermost = stack.activations.remove(at: first)
    stack.activations[first].firstFrame = innermost.firstFrame
    stack.activations[first].frameCount += innermost.frameCount
  }

  /// Entering lasts some instructions, a greenlet many samples: two reads in a row with a surplus,
  /// or one before any without, mean greenlets, and a thread that uses them goes on to.
  private mutating func surplusIsOutermost() -> Bool {
    if hadSurplusCFrame || usesGreenlets == nil { usesGreenlets = true }
    return usesGreenlets == true
  }

  /// 3.12: remembers how far an activation's `_PyCFrame` lies from its entry frame. The innermost
  /// one may be half-linked, so that the second is asked where there is one.
  mutating func learnDistance(
    toCFrame cframe: RemoteAddress, first: Int, memory: inout some RemoteMemory,
    in stack: PythonStack
  ) {
    guard runtime.layout.minor == 12, !isDistanceCertain, first < stack.activations.count,
      let previous = runtime.layout.cframe.previous
    else { return }
    var (owner, index) = (cframe, first)
    if index + 1 < stack.activations.count, let outer = memory.pointer(at: cframe + previous) {
      (owner, index) = (outer, index + 1)
    }
    let key = stack.activations[index].key
    // Both are locals of one C function.
    guard !key.isNull, (owner - key).magnitude <= 1024 else { return }
    isDistanceCertain = entryFrameToCFrame == owner - key
    entryFrameToCFrame = owner - key
  }

  /// Calls `body` with the address of each struct from `start` on, innermost first, and the frame
  /// that it names, until it returns false. The outermost one is part of the thread state and
  /// belongs to no activation; what its `previous` holds can be garbage.
  private func forEachCFrame(
    from start: RemoteAddress, memory: inout some RemoteMemory,
    _ body: (_ cframe: RemoteAddress, _ frame: RemoteAddress) -> Bool
  ) {
    let layout = runtime.layout.cframe
    guard let previous = layout.previous, let root = runtime.layout.threadState.rootCFrame
    else { return }
    let end = threadState.address + root
    let current = layout.currentFrame ?? previous
    withUnsafeTemporaryAllocation(byteCount: max(previous, current) + 8, alignment: 8) { copy in
      let bytes = UnsafeRawBufferPointer(copy)
      var next = start
      var cycle = CycleDetector()
      for _ in 0..<Self.frameLimit {
        guard next != end, next.isPlausiblePointer, !cycle.closes(at: next),
          memory.copyBytes(at: next, into: copy) == copy.count,
          body(next, bytes.pointer(current))
        else { return }
        next = bytes.pointer(previous)
      }
    }
  }
}
