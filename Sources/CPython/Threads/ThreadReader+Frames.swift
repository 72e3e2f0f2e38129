import SampleTypes

extension ThreadReader {
  /// Walks the chain and groups it into activations.
  mutating func readFrames(
    fromCFrame start: RemoteAddress?, memory: inout some RemoteMemory,
    into stack: inout PythonStack
  ) -> PythonStack.Outcome {
    let layout = runtime.layout.threadState
    let cframe = start ?? layout.cframe.map(statePointer) ?? .null
    let firstActivation = stack.activations.count
    heapFrames.removeAll(keepingCapacity: true)
    switch rule {
    case .frame, .frameWithCFrame:
      let head = layout.frame.map(statePointer) ?? .null
      let outcome = walkFrameObjects(from: head, memory: &memory, into: &stack)
      if rule == .frameWithCFrame {
        pairCFrames(from: cframe, first: firstActivation, memory: &memory, into: &stack)
      }
      return outcome
    case .entryFlag, .entryFrame:
      guard let head = innermostFrame(cframe: cframe, memory: &memory) else { return .unreadable }
      let outcome = walkInterpreterFrames(from: head, memory: &memory, into: &stack)
      if rule == .entryFlag {
        matchCFrames(from: cframe, first: firstActivation, memory: &memory, into: &stack)
      } else if outcome == .complete {
        learnDistance(toCFrame: cframe, first: firstActivation, memory: &memory, in: stack)
      }
      return outcome
    }
  }

  private func innermostFrame(
    cframe: RemoteAddress, memory: inout some RemoteMemory
  ) -> RemoteAddress? {
    if let current = runtime.layout.threadState.currentFrame { return statePointer(current) }
    guard let offset = runtime.layout.cframe.currentFrame else { return nil }
    return memory.pointer(at: cframe + offset)
  }

  /// Up to 3.10: a linked list of `PyFrameObject`s on the heap, one activation each.
  ///
  /// What no eval loop runs has none of its own and is part of the next outer frame's: a generator that hands
  /// an exception on to the one that it waits for (`_gen_throw`), or what an extension module pushes. While a
  /// trace or profile function runs, which is called before its frame is marked, that cannot be told.
  private mutating func walkFrameObjects(
    from head: RemoteAddress, memory: inout some RemoteMemory, into stack: inout PythonStack
  ) -> PythonStack.Outcome {
    guard !head.isNull else { return .empty }
    let tracing = runtime.layout.threadState.tracing
    let isTracing = stateBytes.withUnsafeBytes { $0.field(Int32.self, tracing) } != 0
    var groupStart = stack.frames.count
    defer { closeUnrun(group: groupStart, in: &stack) }
    var next = head
    var cycle = CycleDetector()
    for _ in 0..<Self.frameLimit {
      if next.isNull { return .complete }
      guard next.isPlausiblePointer else { return .implausible }
      if cycle.closes(at: next) { return .tooLong }
      guard let fields = fields(of: next, memory: &memory) else { return .unreadable }
      guard fields.code.isPlausiblePointer else { return .implausible }
      stack.frames.append(
        PythonFrame(
          frame: next, code: fields.code,
          instructionOffset: frameObjectOffset(fields.instruction), globals: fields.globals))
      // The innermost may be about to be run.
      let isRun = isTracing || fields.isExecuting
      if isRun || next == head {
        close(group: &groupStart, key: .null, in: &stack)
        if !isRun { stack.activations[stack.activations.count - 1].evalLoop = .doubtful }
      }
      heapFrames.append(next)
      next = fields.previous
    }
    return next.isNull ? .complete : .tooLong
  }

  /// The chain of 3.9 ends at a generator that hands an exception on; compiled code has no eval loop at all.
  private func closeUnrun(group start: Int, in stack: inout PythonStack) {
    guard stack.frames.count > start else { return }
    var start = start
    close(group: &start, key: .null, in: &stack)
    stack.activations[stack.activations.count - 1].evalLoop = .none
  }

  /// `f_lasti` counts bytes up to 3.9 and code units of two bytes in 3.10.
  private func frameObjectOffset(_ instruction: UInt64) -> Int32 {
    let last = Int32(truncatingIfNeeded: instruction)
    return runtime.layout.minor == 10 ? last &* 2 : last
  }

  /// From 3.11 on: `_PyInterpreterFrame`s in the data stack, in generators and, as entry frames
  /// of activations, on the C stack.
  private mutating func walkInterpreterFrames(
    from head: RemoteAddress, memory: inout some RemoteMemory, into stack: inout PythonStack
  ) -> PythonStack.Outcome {
    beginDataStack(memory: &memory)
    endsInGenerator.removeAll(keepingCapacity: true)
    hasUnreadBytecode = false
    let layout = runtime.layout.threadState
    let end = layout.baseFrame.map(statePointer) ?? .null
    guard !head.isNull, head != end else { return .empty }
    var groupStart = stack.frames.count
    var outcome = PythonStack.Outcome.tooLong
    var next = head
    var cycle = CycleDetector()
    for _ in 0..<Self.frameLimit {
      if next.isNull || next == end {
        outcome = .complete
        break
      }
      if cycle.closes(at: next) { break }
      guard next.isPlausiblePointer else {
        outcome = .implausible
        break
      }
      guard let fields = fields(of: next, memory: &memory) else {
        outcome = .unreadable
        break
      }
      guard
        append(next, fields, groupStart: &groupStart, to: &stack, memory: &memory)
      else {
        outcome = .implausible
        break
      }
      next = fields.previous
    }
    if stack.frames.count > groupStart { close(group: &groupStart, key: .null, in: &stack) }
    return outcome == .complete && hasUnreadBytecode ? .unreadable : outcome
  }

  /// Adds a frame, or ends a group at an entry frame; false if the frame cannot be one.
  private mutating func append(
    _ frame: RemoteAddress, _ fields: FrameFields, groupStart: inout Int,
    to stack: inout PythonStack, memory: inout some RemoteMemory
  ) -> Bool {
    guard fields.owner <= FrameFields.ownerLimit else { return false }
    if rule == .entryFrame, fields.owner >= FrameFields.ownerEntry {
      close(group: &groupStart, key: frame, in: &stack)
      return true
    }
    guard fields.code.isPlausiblePointer else { return false }
    stack.frames.append(
      PythonFrame(
        frame: frame, code: fields.code,
        instructionOffset: bytecodeOffset(fields, memory: &memory), globals: fields.globals))
    if rule == .entryFlag, fields.isEntry {
      if fields.owner == FrameFields.ownerGenerator {
        endsInGenerator.append(stack.activations.count)
      }
      close(group: &groupStart, key: .null, in: &stack)
    }
    return true
  }

  private func close(group start: inout Int, key: RemoteAddress, in stack: inout PythonStack) {
    stack.activations.append(
      PythonActivation(
        key: key, firstFrame: Int32(truncatingIfNeeded: start),
        frameCount: Int32(truncatingIfNeeded: stack.frames.count - start)))
    start = stack.frames.count
  }

  private mutating func beginDataStack(memory: inout some RemoteMemory) {
    let layout = runtime.layout.threadState
    guard let chunk = layout.dataStackChunk, let top = layout.dataStackTop else { return }
    dataStack.begin(chunk: statePointer(chunk), top: statePointer(top), memory: &memory)
  }

  private mutating func fields(
    of frame: RemoteAddress, memory: inout some RemoteMemory
  ) -> FrameFields? {
    guard let place = dataStack.position(of: frame, range: frameRange, memory: &memory)
    else { return nil }
    let layout = runtime.layout.frame
    let fields = dataStack.bytes.withUnsafeBytes {
      FrameFields($0, at: place.position, layout: layout)
    }
    // Entry frames lie on the C stack, which the caller copies anyway.
    if rule == .entryFlag || rule == .entryFrame, !place.isInChunk,
      fields.owner < FrameFields.ownerEntry
    {
      heapFrames.append(frame)
    }
    return fields
  }
}
