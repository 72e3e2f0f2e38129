import CPython
import ProfileModel
import RecordingFile
import RemoteProcess
import SampleTypes
import StackMerging
import Symbols
import Unwinding

/// Turns what was read of one thread at one instant into a stack of the recording: unwinds, merges,
/// names, interns. Belongs to the processing thread; its arrays are reused for every sample.
final class SampleAssembler {
  /// One instant of one thread. Buffers are borrowed.
  struct Instant {
    var registers: Registers
    /// Which of them are known, by DWARF number.
    var knownRegisters = Registers.all
    var stack: StackBytes
    var python: PythonSide
    /// The garbage collection that the thread's interpreter is in.
    var collection: ThreadReading.Collection?
    /// The asyncio task that the thread runs, where tasks are recorded.
    var task: TaskName?
    /// Kernel frames of the recording, innermost first.
    var kernelFrames: [Int32] = []
    var circumstances: SampleEvidence.Circumstances = []
  }

  /// What is known of the thread's Python side.
  enum PythonSide: Equatable {
    /// No interpreter in the process, or no thread state for the thread.
    case none
    /// There may be one, but it could not be read.
    case missing(MergeReason)
    /// `pythonStack` holds it, read while the thread was stopped.
    case frozen
    /// The same, but its innermost activation is just being entered and its caller's was found in
    /// registers: to be confirmed by its place in the eval loop's frame.
    case recovered
    /// The same, but its caller's was not found: what was read may be of an earlier call.
    case halfLinked
    /// `pythonStack` holds it, read while the thread was off the CPU.
    case still
    /// `pythonStack` holds it, read while the thread may have moved: to be confirmed.
    case moving
  }

  struct Result {
    /// Index in `Profile.stacks`, or -1.
    var stack: Int32
    var outcome: MergeOutcome
    /// Why the native stack does not reach the thread's first function; nil if it does.
    var truncation: UnwindOutcome.Reason?
    /// True where a return address had to be looked for, so that frames may be missing.
    var isGuessed = false
  }

  /// Filled by the caller unless there is none.
  var pythonStack = PythonStack()

  private let mappings: any CodeMappings
  let modules: ModuleTable
  let interner: FrameInterner
  var codes: CodeObjectTable?
  /// True where the interpreter's symbols name its collector.
  var knowsCollectors = false
  var memory: ProcessMemory
  private let writer: RecordingWriter
  private let recordsNative: Bool
  private var unwinder = Unwinder()
  /// See `Unwinder.interpreterHasJIT`.
  var interpreterHasJIT: Bool {
    get { unwinder.interpreterHasJIT }
    set { unwinder.interpreterHasJIT = newValue }
  }
  private var merger = StackMerger()
  private var frames: [NativeFrame] = []
  private var saved: [SavedRegisters] = []
  private var isEvalLoop: [Bool] = []
  private var keys: [UInt64] = []
  private var frameRegister = FrameRegister()
  private var held: [UInt64] = []
  private var isGuessed = false

  init(
    writer: RecordingWriter, mappings: any CodeMappings, memory: ProcessMemory,
    sources: SourceNaming, jit: JitNaming, recordsNative: Bool
  ) {
    self.writer = writer
    self.mappings = mappings
    modules = mappings.modules
    self.memory = memory
    self.recordsNative = recordsNative
    interner = FrameInterner(writer: writer, modules: modules, sources: sources, jit: jit)
  }

  /// Unwinds, merges and interns one instant.
  func assemble(_ instant: Instant) -> Result {
    switch instant.python {
    case .none, .missing: pythonStack.removeAll()
    case .frozen, .recovered, .halfLinked, .still, .moving: break
    }
    let unwinding = unwind(instant)
    let verdict = instant.python == .moving ? confirm(instant.stack) : .whole
    var evidence = SampleEvidence(
      side: instant.python,
      merge: merger.merge(
        native: frames, isEvalLoop: isEvalLoop, nativeIsComplete: unwinding == .complete,
        python: pythonStack, heldFrames: heldFrames()),
      verdict: verdict, circumstances: instant.circumstances)
    evidence.hasPython = pythonStack.activations.contains { $0.frameCount > 0 }
    if evidence.merge == .exact {
      if instant.python == .frozen { learn() }
      if instant.python == .recovered { evidence.isInPlace = keysAreInPlace }
    }
    let stack = intern(
      instant, unwinding, collector: collectorPlace(instant.collection), &evidence.naming)
    evidence.hasStack = stack >= 0
    guard case .truncated(let reason) = unwinding else {
      return Result(stack: stack, outcome: evidence.outcome, isGuessed: isGuessed)
    }
    return Result(stack: stack, outcome: evidence.outcome, truncation: reason)
  }

  // MARK: Native

  private func unwind(_ instant: Instant) -> UnwindOutcome {
    frames.removeAll(keepingCapacity: true)
    isEvalLoop.removeAll(keepingCapacity: true)
    guard recordsNative else { return .complete }
    keys.removeAll(keepingCapacity: true)
    for activation in pythonStack.activations where !activation.key.isNull {
      keys.append(activation.key.rawValue)
    }
    var outcome = unwindOnce(instant)
    if mapMayBeOld(outcome), mappings.refresh() { outcome = unwindOnce(instant) }
    if reachesProcessStart(outcome) { outcome = .complete }
    isGuessed = false
    for frame in frames {
      if frame.origin == .stackScan { isGuessed = true }
      isEvalLoop.append(interner.native(at: frame.lookupAddress).isEvalLoop)
    }
    return outcome
  }

  /// The map may be older than a module that was loaded since, or than code that was made since. A
  /// frame in neither can be left by an activation's key, so that the stack looks whole without it.
  private func mapMayBeOld(_ outcome: UnwindOutcome) -> Bool {
    if case .truncated(let reason) = outcome, reason == .noUnwindInfo || reason == .notCode {
      return true
    }
    return frames.contains { !modules.isExecutable($0.lookupAddress) }
  }

  /// Stack that the first instructions, in code without call frame information, have used at most: ld.so's
  /// `_start` pushes arguments, and aligns.
  private static let mostOfFirstFrame: UInt64 = 64

  /// The program has only just begun, in ld.so or in the kernel's exec: nothing has called its first code.
  private func reachesProcessStart(_ outcome: UnwindOutcome) -> Bool {
    guard case .truncated(let reason) = outcome, reason == .noUnwindInfo || reason == .notCode,
      let pointer = frames.last?.stackPointer, let start = mappings.startOfStack
    else { return false }
    return start &- pointer <= Self.mostOfFirstFrame
  }

  private func unwindOnce(_ instant: Instant) -> UnwindOutcome {
    let outcome = unwinder.unwind(
      registers: instant.registers, known: instant.knownRegisters, stack: instant.stack,
      modules: modules, activationKeys: keys, into: &frames, saved: &saved)
    // A greenlet's stack ends where the greenlet began; what lies outside of it is another's.
    guard
      let first = frames.firstIndex(where: { interner.native(at: $0.lookupAddress).startsStack })
    else { return outcome }
    frames.removeSubrange((first + 1)...)
    saved.removeSubrange((first + 1)...)
    return .complete
  }

  /// A native frame that hosts an activation is an eval loop, and its distance from the key is a
  /// constant of the binary. Only whole stacks of stopped threads teach: on 3.11 and 3.12 the newest
  /// activation can be linked before its fields are set (0.03–0.4 % of stops), and then points
  /// anywhere.
  private func learn() {
    guard pythonStack.outcome == .complete else { return }
    for (index, host) in merger.hosts.enumerated() where host >= 0 {
      let activation = pythonStack.activations[index]
      let key = activation.key
      guard !key.isNull else {
        // Where the thread stopped the register need not be set yet.
        if host > 0, pythonStack.frames.indices.contains(activation.lastFrame) {
          frameRegister.vote(
            saved[Int(host)], frame: pythonStack.frames[activation.lastFrame].frame.rawValue)
        }
        continue
      }
      let frame = frames[Int(host)]
      if isEvalLoop[Int(host)] {
        unwinder.learnActivation(frame: frame, key: key.rawValue, modules: modules)
      } else {
        interner.voteForEvalLoop(at: frame.lookupAddress, distance: frame.cfa &- key.rawValue)
      }
    }
  }

  /// What eval loops without keys (3.8, 3.9) hold in the register that has their Python frame; empty
  /// where that is not known.
  private func heldFrames() -> [UInt64] {
    held.removeAll(keepingCapacity: true)
    guard let number = frameRegister.number, !frames.isEmpty,
      let first = pythonStack.activations.first, first.key.isNull
    else { return held }
    for index in frames.indices { held.append(saved[index][calleeSaved: number]) }
    return held
  }

  /// True if the activation that a recovery found, and the entered one before it, lie where eval
  /// loops of this binary keep theirs.
  private var keysAreInPlace: Bool {
    zip(merger.hosts, pythonStack.activations).prefix(2).allSatisfy { host, activation in
      guard host >= 0, isEvalLoop[Int(host)] else { return false }
      return unwinder.isActivation(
        frames[Int(host)], key: activation.key.rawValue, modules: modules)
    }
  }

  // MARK: Python read without a stop

  /// Keeps of an un-stopped read what the copied stack confirms.
  private func confirm(_ stack: StackBytes) -> CopiedStackEvidence.Verdict {
    let evidence = CopiedStackEvidence(
      frames: frames, saved: saved, isEvalLoop: isEvalLoop, stack: stack,
      minorVersion: codes?.minor ?? 0)
    let verdict = evidence.keepConfirmed(in: &pythonStack) {
      codes?.look(at: $0, memory: &memory).bytecode
    }
    return pythonStack.hasFailed ? .movedOn : verdict
  }

  // MARK: Interning

  private func intern(
    _ instant: Instant, _ unwinding: UnwindOutcome, collector: Int?,
    _ naming: inout SampleEvidence.Naming
  ) -> Int32 {
    var node: Int32 = -1
    // Python frames reach the thread's first one all the same.
    if case .truncated(let reason) = unwinding, !merger.entries.contains(where: \.isPython) {
      let mark = Function(kind: .native, name: "[truncated: \(reason.mark)]")
      node = writer.add(stack: StackNode(parent: node, frame: interner.frame(of: mark)))
    }
    if let task = instant.task, let frame = interner.frame(of: task) {
      node = writer.add(stack: StackNode(parent: node, frame: frame))
    }
    for (place, entry) in merger.entries.enumerated() {
      if place == collector { node = addCollector(to: node) }
      switch entry {
      case .native(let index):
        let address = frames[Int(index)].lookupAddress
        node = writer.add(stack: StackNode(parent: node, frame: interner.frame(of: address)))
      case .python(let index):
        guard let frame = pythonFrame(pythonStack.frames[Int(index)], instant.python, &naming)
        else { continue }
        node = writer.add(stack: StackNode(parent: node, frame: frame))
      }
    }
    if merger.entries.count == collector { node = addCollector(to: node) }
    for frame in instant.kernelFrames.reversed() {
      node = writer.add(stack: StackNode(parent: node, frame: frame))
    }
    return node
  }

  private func pythonFrame(
    _ frame: PythonFrame, _ side: PythonSide, _ naming: inout SampleEvidence.Naming
  ) -> Int32? {
    guard let entry = codeObject(of: frame, side, &naming) else {
      return interner.frame(of: Function(kind: .python, name: "<unreadable>"))
    }
    if entry.object.isInitTrampoline { return nil }
    let object = entry.object
    if object.lineTable.isCut, object.line(atByteOffset: frame.instructionOffset) == nil {
      naming.doubts(.linesLost)
    }
    return interner.frame(
      of: entry.object, code: entry.number, offset: frame.instructionOffset)
  }

  /// The code object that the frame surely ran; nil, and `naming` tells why, if another one may be there by
  /// now.
  private func codeObject(
    of frame: PythonFrame, _ side: PythonSide, _ naming: inout SampleEvidence.Naming
  ) -> CodeObjectTable.Entry? {
    var reason = MergeReason.pythonUnreadable
    if frame.codeIsSettled {
      if let entry = codes?.settled(at: frame.code) { return entry }
    } else if let look = codes?.look(at: frame.code, memory: &memory) {
      switch look {
      case .same(let entry): return entry
      case .met(let entry):
        // Stops are taken over in their order, with what was captured until then.
        if side == .moving { naming.doubts(.pythonReadLater) }
        return entry
      case .new(let entry):
        // What a thread that stands still runs is not replaced meanwhile.
        if side != .still { naming.doubts(.pythonReadLater) }
        return entry
      case .replaced: reason = .codeReplaced
      case .none: break
      }
    }
    naming.lacks(reason)
    return nil
  }

  private func addCollector(to node: Int32) -> Int32 {
    let frame = interner.frame(of: Function(kind: .python, name: "<gc>"))
    return writer.add(stack: StackNode(parent: node, frame: frame))
  }

  /// Before which entry of the merged stack the frame of a collection stands: the outermost function
  /// of the collector where the interpreter has symbols for them. Finalizers run farther in.
  ///
  /// Without symbols: behind the Python frame that started it, as 3.15 tells, else behind the
  /// innermost.
  private func collectorPlace(_ collection: ThreadReading.Collection?) -> Int? {
    guard let collection else { return nil }
    let place = merger.entries.firstIndex {
      guard case .native(let index) = $0 else { return false }
      return interner.native(at: frames[Int(index)].lookupAddress).isCollector
    }
    if let place { return place }
    // A finalizer has let the GIL go, and this thread has it meanwhile.
    if knowsCollectors { return nil }
    let last = merger.entries.lastIndex {
      guard case .python(let index) = $0 else { return false }
      let frame = pythonStack.frames[Int(index)].frame
      return collection.frame.isNull || frame == collection.frame
    }
    return last.map { $0 + 1 }
  }
}

extension CodeObjectTable.Look {
  /// Of what is there now, if it can be told whose it is.
  fileprivate var bytecode: AddressRange? {
    switch self {
    case .same(let entry), .met(let entry), .new(let entry): entry.object.bytecodeRange
    case .replaced, .none: nil
    }
  }
}

extension StackMerger.Entry {
  fileprivate var isPython: Bool {
    if case .python = self { true } else { false }
  }
}
