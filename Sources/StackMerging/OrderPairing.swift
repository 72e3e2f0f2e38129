import SampleTypes

/// Pairs activations with eval loop frames where the interpreter keeps no key: CPython 3.8 and 3.9.
///
/// Each activation runs one Python frame, the outermost of its group, so the two lists differ only where one is being entered
/// or left, and where a greenlet's native stack goes on below the greenlet's own start.
struct OrderPairing {
  /// Indices of eval loop frames in the native stack, innermost first.
  private var evalLoops: [Int32] = []
  /// Activations that have an eval loop, and those loops or -1.
  private var run: [Int] = []
  private var loops: [Int32] = []

  /// Fills `hosts`, which is empty, with a native frame for each activation, or -1.
  ///
  /// - Parameter heldFrames: parallel to the native frames: the Python frame that the eval loop
  ///   holds in a register there, as far as is known. Empty if nothing is.
  mutating func pair(
    isEvalLoop: [Bool], heldFrames: [UInt64], python: PythonStack, into hosts: inout [Int32]
  ) {
    evalLoops.removeAll(keepingCapacity: true)
    run.removeAll(keepingCapacity: true)
    loops.removeAll(keepingCapacity: true)
    for index in isEvalLoop.indices where isEvalLoop[index] { evalLoops.append(Int32(index)) }
    for index in python.activations.indices {
      hosts.append(-1)
      if python.activations[index].evalLoop != .none { run.append(index) }
    }
    if evalLoops.count < run.count, let first = run.first,
      python.activations[first].evalLoop == .doubtful
    {
      run.removeFirst()
    }
    for _ in run { loops.append(-1) }
    if !heldFrames.isEmpty { pairByRegister(heldFrames, python) }
    fillGaps(&loops)
    for (index, loop) in zip(run, loops) { hosts[index] = loop }
  }

  /// From the outermost inwards, so that an activation that is being entered, whose register still
  /// is its caller's, comes after its caller.
  private mutating func pairByRegister(_ heldFrames: [UInt64], _ python: PythonStack) {
    var next = evalLoops.count - 1
    // Where nothing agrees each search goes through all of them: that must not happen often.
    var budget = evalLoops.count + Self.searchLimit
    for index in run.indices.reversed() {
      let frameIndex = python.activations[run[index]].lastFrame
      guard python.frames.indices.contains(frameIndex) else { continue }
      let frame = python.frames[frameIndex].frame.rawValue
      var candidate = next
      while candidate >= 0, budget > 0, heldFrames[Int(evalLoops[candidate])] != frame {
        candidate -= 1
        budget -= 1
      }
      guard budget > 0 else { return }
      if candidate >= 0 {
        loops[index] = evalLoops[candidate]
        next = candidate - 1
      }
    }
  }

  private static let searchLimit = 16_384

  /// What the register left open: between two that are paired by order, at the inner end next to the
  /// innermost that is paired. Without any the innermost eval loop belongs to the innermost frame,
  /// unless there is exactly one eval loop too many: that is the one being entered or left.
  private func fillGaps(_ hosts: inout [Int32]) {
    guard let innermost = hosts.firstIndex(where: { $0 >= 0 }) else {
      let skip = evalLoops.count == hosts.count + 1 ? 1 : 0
      for index in hosts.indices where index + skip < evalLoops.count {
        hosts[index] = evalLoops[index + skip]
      }
      return
    }
    var position = evalLoops.firstIndex(of: hosts[innermost]) ?? 0
    var free = position
    for index in hosts.indices[..<innermost].reversed() where free > 0 {
      free -= 1
      hosts[index] = evalLoops[free]
    }
    for index in hosts.indices[innermost...] {
      if hosts[index] >= 0 {
        position = evalLoops.firstIndex(of: hosts[index]) ?? position
      } else if position + 1 < evalLoops.count {
        // Its own eval loop unless the next activation is paired with that.
        position += 1
        let isTaken = hosts[(index + 1)...].first { $0 >= 0 } == evalLoops[position]
        if isTaken { position -= 1 } else { hosts[index] = evalLoops[position] }
      }
    }
  }
}
