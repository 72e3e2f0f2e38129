import CPython
import LinuxIO
import PerfEvents
import ProfileModel
import RemoteProcess
import SampleTypes
import StackMerging
import Unwinding

/// Makes samples of what a `TickProgram` copied at the tick. All of it is of one instant, so it is
/// as good as what is read from a stopped thread.
final class TickSampler {
  private let program: TickProgram
  private let assembler: SampleAssembler
  private let kernel: KernelSampler
  private let period: UInt64
  private let startOfStack: UInt64
  private let copiesStack: Bool
  private let memory: CopiedMemory
  private var runtime: PythonRuntime?
  /// The main interpreter, which is the head of their list while it is the only one.
  private var onlyInterpreter: RemoteAddress?
  private let place: Int32
  /// What `TickProgram.configure` returned for this image, and for its interpreter.
  private var generation: UInt32 = 0
  /// What it had returned for the parent of a forked process, whose configuration this one began with.
  private var inheritedGeneration: UInt32?
  /// How the program reads the interpreter.
  private var interpreter: TickProgram.Interpreter?
  private var chain: [Int32] = []
  /// Until when samples should be taken over at once: new code objects were met, others will follow, and
  /// those of an import are freed within milliseconds.
  private(set) var learningUntil: UInt64 = 0
  private static let learningTime: UInt64 = 200_000_000

  init(
    program: TickProgram, of process: ProcessLink, startOfStack: UInt64, plan: RecordingPlan,
    assembler: SampleAssembler, kernel: KernelSampler
  ) {
    self.program = program
    place = process.place ?? -1
    self.assembler = assembler
    self.kernel = kernel
    period = plan.period
    self.startOfStack = startOfStack
    copiesStack = plan.recordsNative
    memory = CopiedMemory(pid: process.pid)
    kernel.copied = { [unowned self] in switchSample($0, of: $1) }
  }

  /// The interpreter is known from now on; nil begins without one.
  func begin(_ runtime: PythonRuntime?) {
    var memory = assembler.memory
    self.runtime = runtime
    interpreter = runtime.map { TickProgram.Interpreter($0, memory: &memory) }
    onlyInterpreter = runtime?.interpreters(memory: &memory).last
    configure()
  }

  /// A forked process has all that its parent had, at the same places.
  func begin(asCopyOf parent: TickSampler) {
    runtime = parent.runtime
    interpreter = parent.interpreter
    onlyInterpreter = parent.onlyInterpreter
    inheritedGeneration = parent.generation
    configure()
  }

  private func configure() {
    let generation = try? program.configure(
      process: place, interpreter, startOfStack: startOfStack, copiesStack: copiesStack)
    self.generation = generation ?? 0
  }

  private func isMine(_ record: TickRecord) -> Bool {
    record.generation == generation || record.generation == inheritedGeneration
  }

  func sample(_ record: TickRecord, of thread: RecordedThread) -> SampleDraft {
    _ = kernel.kernelFrames.frames(of: record.kernelChain, into: &chain)
    let sample = assemble(record, of: thread)
    return SampleDraft(
      time: record.time, weight: period, cpu: .running, gil: sample.gil,
      source: record.isUserMode ? .userTick : .kernelTick, result: sample.result)
  }

  /// Of a thread that left the CPU; nil where that was for a stop of ours.
  private func switchSample(_ record: TickRecord, of thread: RecordedThread) -> AssembledSample? {
    guard kernel.kernelFrames.frames(of: record.kernelChain, isSwitch: true, into: &chain) else {
      return nil
    }
    return assemble(record, of: thread)
  }

  private func assemble(_ record: TickRecord, of thread: RecordedThread) -> AssembledSample {
    memory.removeAll()
    defer { memory.removeAll() }
    record.forEachPiece { memory.add($1, at: $0) }
    memory.add(record.stack, at: record.stackStart)
    var reading = Reading()
    readPython(record, thread, &reading)
    let result = withStack(of: record) {
      assembler.assemble(
        .init(
          registers: record.registers, stack: $0, python: reading.side,
          collection: reading.collection, kernelFrames: chain))
    }
    return AssembledSample(result: result, gil: reading.gil)
  }

  /// The copied stack; what lies farther out than the program copies, or behind pages that were never
  /// touched (OpenBLAS has frames of half a megabyte), is read from the process. It hardly ever
  /// changes while inner frames run, and the merge checks it.
  private func withStack(
    of record: TickRecord, _ body: (StackBytes) -> SampleAssembler.Result
  ) -> SampleAssembler.Result {
    if !record.mayBeCut {
      let result = body(StackBytes(start: record.stackStart, bytes: record.stack))
      if result.truncation != .stackEnds { return result }
    }
    return kernel.withWholeStack(from: record.stackStart, record.stack, limit: 0, body)
  }

  /// What is known of the Python side of one sample, besides the stack.
  private struct Reading {
    var side = SampleAssembler.PythonSide.none
    var gil = GilState.none
    var collection: ThreadReading.Collection?
  }

  private func readPython(
    _ record: TickRecord, _ thread: RecordedThread, _ reading: inout Reading
  ) {
    guard let runtime, isMine(record), record.knewInterpreter else {
      reading.side = kernel.expectsPython || runtime != nil ? .missing(.interpreterNotReady) : .none
      return
    }
    let states = threadStates(record, runtime)
    guard !states.isEmpty else { return }
    if thread.python?.threadStates != states {
      thread.python = PythonThread(runtime: runtime, threadStates: states)
    }
    thread.isPython = true
    read(record, &thread.python!, &reading)
    if meetsNewCode() { learningUntil = MonotonicClock.now() &+ Self.learningTime }
    if !record.isUserMode, reading.gil != .held,
      kernel.reader?.isGil(record.registers.rdi, ofAny: states) == true
    {
      reading.gil = .waiting
    }
  }

  /// Those that the program has found by the thread's id, and copied; where some may run on other
  /// threads than their ids say, those that the thread seems to run.
  private func threadStates(_ record: TickRecord, _ runtime: PythonRuntime) -> [ThreadState] {
    var memory = memory
    // This word does not change while there is one interpreter.
    let head = runtime.address + runtime.layout.runtime.interpretersHead
    if runtime.layout.statesWander, memory.pointer(at: head) != onlyInterpreter,
      let states = kernel.reader?.wanderingStates(
        of: record.fsBase, record.registers, memory: &memory)
    {
      let copied = Set(record.threadStates)
      return states.filter { copied.contains($0.address) }
    }
    return record.threadStates.compactMap { address in
      let field = address + runtime.layout.threadState.interpreter
      return memory.pointer(at: field).map {
        ThreadState(
          address: address, interpreter: $0, threadID: record.fsBase, nativeThreadID: nil)
      }
    }
  }

  /// Reads what was copied. What the program did not foresee (very long chains, frames on the stacks of
  /// other greenlets) is read from the thread as it is now, and believed only as far as the copied stack
  /// confirms it.
  private func read(
    _ record: TickRecord, _ python: inout PythonThread, _ reading: inout Reading
  ) {
    var memory = memory
    var found = python.read(memory: &memory, into: &assembler.pythonStack)
    reading.side = .frozen
    if assembler.pythonStack.outcome == .unreadable, !found.isHalfLinked {
      memory.readsLive = true
      found = python.read(memory: &memory, into: &assembler.pythonStack)
      reading.side = .moving
    }
    (reading.gil, reading.collection) = (found.gil, found.collection)
    guard found.isValid else {
      reading.side = .missing(.pythonUnreadable)
      return
    }
    guard reading.side == .frozen, found.isHalfLinked || innermostRunsNone() else { return }
    let isRecovered = python.recover(
      registers: record.registers.general, memory: &memory, into: &assembler.pythonStack)
    reading.side = isRecovered ? .recovered : .halfLinked
  }

  /// True where the innermost frame's code pointer leads to no code object: what a half-linked
  /// activation names may be a frame of earlier, overwritten in part.
  private func innermostRunsNone() -> Bool {
    guard let runtime, let type = runtime.codeType, let frame = assembler.pythonStack.frames.first
    else { return false }
    if let print = copiedFingerprint(of: frame.code),
      assembler.codes?.holds(print, at: frame.code) == true
    {
      return false
    }
    return assembler.memory.pointer(at: frame.code + runtime.layout.object.type) != type
  }

  /// Settles for each frame which code object it ran, and copies those that were not known, which still
  /// exist in all likelihood. True if there were any.
  private func meetsNewCode() -> Bool {
    var isNew = false
    var last = RemoteAddress.null
    for frame in assembler.pythonStack.frames where frame.code != last {
      last = frame.code
      // Frames that were read from the thread as it is now have none.
      guard let print = copiedFingerprint(of: frame.code) else { continue }
      if assembler.codes?.settle(print, at: frame.code, memory: &assembler.memory) == true {
        isNew = true
      }
    }
    return isNew
  }

  private func copiedFingerprint(of code: RemoteAddress) -> CodeFingerprint? {
    guard let runtime else { return nil }
    memory.readsLive = false
    var memory = memory
    return CodeFingerprint(of: code, layout: runtime.layout, memory: &memory)
  }
}

extension TickProgram.Interpreter {
  init(_ runtime: PythonRuntime, memory: inout some RemoteMemory) {
    self.init()
    let layout = runtime.layout
    interpretersHead = (runtime.address + layout.runtime.interpretersHead).rawValue
    nextInterpreter = layout.interpreter.next
    threadsHead = layout.interpreter.threadsHead
    stateSize = layout.threadState.sampleSize
    nextState = layout.threadState.next
    threadID = layout.threadState.threadID
    if let frame = layout.threadState.currentFrame ?? layout.threadState.frame {
      head = frame
    } else if let cframe = layout.threadState.cframe {
      head = cframe
      frameOfHead = layout.cframe.currentFrame
    }
    frameRange = layout.frame.sampleRange
    previousFrame = layout.frame.previous
    codeOfFrame = layout.frame.code
    codeRange = layout.code.fingerprintRange
    dataStackChunk = layout.threadState.dataStackChunk
    dataStackTop = layout.threadState.dataStackTop
    if let holder = layout.runtime.currentThreadState {
      words.append((runtime.address + holder).rawValue)
    }
    interpreterOfState = layout.threadState.interpreter
    statesWander = layout.statesWander
    placeOfState = layout.threadState.cframe
    if layout.threadState.cframe == nil, let holder = layout.runtime.currentThreadState {
      gilHolder = (runtime.address + holder).rawValue
    }
    if let collector = layout.interpreter.gc {
      let range = layout.gc.sampleRange(at: RemoteAddress(UInt64(collector)))
      interpreterRange = Int(range.start.rawValue)..<Int(range.end.rawValue)
    } else if let collector = layout.runtime.gc {
      words.append(layout.gc.sampleRange(at: runtime.address + collector).start.rawValue)
    }
    words += runtime.threadsHeadAddresses(memory: &memory).map(\.rawValue)
  }
}
