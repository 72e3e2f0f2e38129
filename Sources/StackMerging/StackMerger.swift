public import SampleTypes

/// Joins the native and the Python stack of one instant into one.
///
/// From CPython 3.10 on each activation of the eval loop keeps a struct in its own C stack frame
/// whose address, the key, the interpreter knows: the native frame that contains the key *is* that
/// activation. Older interpreters have no key, and activations pair with eval loop frames by order,
/// innermost first. Counts are never trusted to agree.
///
/// A scratch value, reused for every sample.
public struct StackMerger {
  /// One frame of a merged stack: an index into the native or the Python frames.
  @frozen
  public enum Entry: Hashable, Sendable, BitwiseCopyable {
    case native(Int32)
    case python(Int32)
  }

  /// The merged stack, outermost first.
  public private(set) var entries: [Entry] = []
  /// For each activation the native frame that runs it, or -1.
  public private(set) var hosts: [Int32] = []
  private var pairing = OrderPairing()

  public init() {}

  /// Merges; the result is in `entries`.
  ///
  /// - Parameters:
  ///   - native: innermost first.
  ///   - isEvalLoop: parallel to `native`: true where the function is known to be the eval loop.
  ///     May miss some (stripped builds): keys find them all the same.
  ///   - nativeIsComplete: false where unwinding ended before the thread's first frame.
  ///   - heldFrames: parallel to `native`: the address of the Python frame that the eval loop holds
  ///     in a register there. Only used where activations have no keys; empty if unknown.
  public mutating func merge(
    native: [NativeFrame], isEvalLoop: [Bool], nativeIsComplete: Bool, python: PythonStack,
    heldFrames: [UInt64] = []
  ) -> MergeOutcome {
    entries.removeAll(keepingCapacity: true)
    let keyed =
      python.activations.isEmpty || python.activations.contains { !$0.key.isNull }
    if keyed {
      findHosts(native, python.activations)
      hostUnkeyed(isEvalLoop, python.activations)
    } else {
      hosts.removeAll(keepingCapacity: true)
      pairing.pair(
        isEvalLoop: isEvalLoop, heldFrames: heldFrames, python: python, into: &hosts)
    }
    let inOrder = hostsAreInOrder()
    emit(nativeCount: native.count, nativeIsComplete, python)
    if let reason = pythonFailure(python) {
      return python.frames.isEmpty ? .nativeOnly(reason) : .partial(reason)
    }
    if native.isEmpty { return python.frames.isEmpty ? .exact : .pythonOnly(.nativeNotRecorded) }
    if !inOrder { return .partial(.activationsOutOfOrder) }
    if let reason = unhosted(python, nativeIsComplete) { return .partial(reason) }
    if isEmptied(python) { return .partial(.evalWithoutActivation) }
    if !nativeIsComplete { return .partial(.nativeTruncated) }
    // An activation without frames is just being entered; nothing then tells what called it.
    if python.frames.isEmpty, hosts.contains(where: { $0 >= 0 }) {
      return .partial(.enteringOrLeaving)
    }
    return unpairedEvalLoop(isEvalLoop).map(MergeOutcome.partial) ?? .exact
  }

  /// Finds for each activation the native frame that owns its key. Keys and frames both ascend on
  /// one stack, so the search goes on where the last one ended; code that switches stacks (greenlet)
  /// breaks that order, and then the search starts over.
  private mutating func findHosts(_ native: [NativeFrame], _ activations: [PythonActivation]) {
    hosts.removeAll(keepingCapacity: true)
    var next = 0
    for activation in activations {
      let key = activation.key.rawValue
      let host =
        Self.frame(owning: key, in: native, from: next, to: native.count)
        ?? Self.frame(owning: key, in: native, from: 0, to: next)
      hosts.append(Int32(host ?? -1))
      if let host { next = host }
    }
  }

  /// An activation without a key beside others that have one is being left (3.10), or was cut (from 3.11 on),
  /// or has no eval loop at all: the next one between its neighbours', if there is one.
  private mutating func hostUnkeyed(_ isEvalLoop: [Bool], _ activations: [PythonActivation]) {
    var inner = -1
    for index in activations.indices {
      defer { inner = max(inner, Int(hosts[index])) }
      guard activations[index].key.isNull, activations[index].evalLoop != .none else { continue }
      let outer = hosts[(index + 1)...].first { $0 >= 0 }.map(Int.init) ?? isEvalLoop.count
      guard inner + 1 < outer else { continue }
      let host = isEvalLoop[(inner + 1)..<outer].firstIndex(of: true)
      hosts[index] = Int32(host ?? -1)
    }
  }

  private static func frame(
    owning key: UInt64, in native: [NativeFrame], from start: Int, to end: Int
  ) -> Int? {
    for index in start..<end where native[index].stackPointer <= key && key < native[index].cfa {
      return index
    }
    return nil
  }

  /// Strikes out hosts that would put an outer activation inside an inner one.
  private mutating func hostsAreInOrder() -> Bool {
    var last: Int32 = -1
    var inOrder = true
    for index in hosts.indices where hosts[index] >= 0 {
      if hosts[index] > last {
        last = hosts[index]
      } else {
        hosts[index] = -1
        inOrder = false
      }
    }
    return inOrder
  }

  /// Outermost first: native frames up to each host, then the Python frames that it runs. The
  /// frames of an activation without a host stand between those of its neighbours: behind the native frames
  /// there, which the program's entry is among, unless native frames are missing farther out.
  private mutating func emit(nativeCount: Int, _ nativeIsComplete: Bool, _ python: PythonStack) {
    var next = nativeCount - 1
    var waiting = python.activations.endIndex
    for index in python.activations.indices.reversed() {
      let host = Int(hosts[index])
      if host < 0, nativeIsComplete { continue }
      if host >= 0 {
        emitNative(from: &next, through: host + 1)
        emitPython(python, (index + 1)..<waiting)
        emitNative(from: &next, through: host)
      }
      emitPython(python, index..<(index + 1))
      waiting = index
    }
    emitNative(from: &next, through: 0)
    emitPython(python, 0..<waiting)
  }

  private mutating func emitNative(from next: inout Int, through last: Int) {
    while next >= last {
      entries.append(.native(Int32(next)))
      next -= 1
    }
  }

  /// The frames of some activations, of which the last is the outermost.
  private mutating func emitPython(_ python: PythonStack, _ activations: Range<Int>) {
    for index in activations.reversed() {
      let activation = python.activations[index]
      var frame = activation.firstFrame + activation.frameCount - 1
      while frame >= activation.firstFrame {
        entries.append(.python(frame))
        frame -= 1
      }
    }
  }

  private func pythonFailure(_ python: PythonStack) -> MergeReason? {
    switch python.outcome {
    case .complete, .empty: nil
    case .unreadable: .pythonUnreadable
    case .implausible: .pythonImplausible
    case .tooLong: .pythonTooLong
    case .withoutCallers: .noEvalLoop
    }
  }

  /// An activation that runs frames and has no host. Where unwinding ended early, that explains it.
  private func unhosted(_ python: PythonStack, _ nativeIsComplete: Bool) -> MergeReason? {
    let missing = python.activations.indices.first {
      hosts[$0] < 0 && python.activations[$0].frameCount > 0
    }
    guard let missing else { return nil }
    guard nativeIsComplete else { return .nativeTruncated }
    return python.activations[missing].key.isNull ? .noEvalLoop : .activationNotOnStack
  }

  /// True if an activation other than the innermost, which may be just being entered, runs no frame.
  private func isEmptied(_ python: PythonStack) -> Bool {
    zip(hosts, python.activations).dropFirst().contains { $0 >= 0 && $1.frameCount == 0 }
  }

  /// What the eval loop's first and last instructions may call (`_Py_CheckFunctionResult` and
  /// `PyErr_Occurred` up to 3.9) has so many frames at most.
  private static let calleesOfEntering = 2

  /// An eval loop frame that hosts no activation; legitimate for the innermost one, unless it has
  /// called much. Hosts ascend.
  private func unpairedEvalLoop(_ isEvalLoop: [Bool]) -> MergeReason? {
    var reason: MergeReason?
    var isInnermost = true
    var next = 0
    for index in isEvalLoop.indices where isEvalLoop[index] {
      while next < hosts.count && hosts[next] < index { next += 1 }
      if next == hosts.count || hosts[next] != index {
        if !isInnermost || index > Self.calleesOfEntering { return .evalWithoutActivation }
        reason = .enteringOrLeaving
      }
      isInnermost = false
    }
    return reason
  }
}
