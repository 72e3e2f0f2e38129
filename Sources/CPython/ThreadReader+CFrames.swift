import SampleTypes

/// The list of structs that activations of 3.10 to 3.12 keep on the C stack.
extension ThreadReader {
  /// How many frames ahead a `_PyCFrame` may be of the group that is looked for.
  private static let lookAhead = 8

  /// 3.11: gives each group the `_PyCFrame` that names its innermost frame. A `_PyCFrame` that
  /// names no such frame belongs to no activation: greenlet keeps one of its own while it
  /// switches.
  mutating func matchCFrames(
    from start: RemoteAddress, first: Int, memory: inout some RemoteMemory,
    into stack: inout PythonStack
  ) {
    var group = first
    var count = 0
    var second: (cframe: RemoteAddress, frame: RemoteAddress)?
    defer { secondCFrame = second }
    forEachCFrame(from: start, memory: &memory) { cframe, frame in
      count += 1
      if count == 2 { second = (cframe, frame) }
      guard group < stack.activations.count else { return count < 2 }
      let end = min(group + Self.lookAhead, stack.activations.count)
      for candidate in group..<end {
        let firstFrame = Int(stack.activations[candidate].firstFrame)
        guard firstFrame < stack.frames.count, stack.frames[firstFrame].frame == frame
        else { continue }
        stack.activations[candidate].key = cframe
        group = candidate + 1
        break
      }
      return true
    }
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
    let count = stack.activations.count - first
    let surplus = keys.count - count
    if surplus <= 0, usesGreenlets == nil { usesGreenlets = false }
    let skipped = surplus > 0 && !surplusIsOutermost() ? surplus : 0
    hadSurplusCFrame = surplus > 0
    for index in 0..<count {
      let key = index + (surplus < 0 ? surplus : skipped)
      if key >= 0, key < keys.count { stack.activations[first + index].key = keys[key] }
    }
    for key in keys.prefix(skipped).reversed() {
      let firstFrame = Int32(truncatingIfNeeded: stack.frames.count - count)
      stack.activations.insert(
        PythonActivation(key: key, firstFrame: firstFrame, frameCount: 0), at: first)
    }
    cframes = keys
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
