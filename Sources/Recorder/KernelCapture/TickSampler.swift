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
  private let live: LiveProgram
  private let period: UInt64
  private let startOfStack: UInt64
  private let copiesStack: Bool
  private var memory: CopiedMemory
  /// Where code objects are copied from; a child may have ended since its sample.
  private var codeMemory: LineageMemory
  private var runtime: PythonRuntime?
  /// The main interpreter, which is the head of their list while it is the only one.
  private var onlyInterpreter: RemoteAddress?
  private let place: Int32
  private let pid: Int32
  /// What `TickProgram.configure` returned for this image, and for its interpreter.
  private var generation: UInt32 = 0
  /// What it had returned for the parent of a forked process, whose configuration this one began with.
  private var inheritedGeneration: UInt32?
  /// How the program reads the interpreter.
  private var interpreter: TickProgram.Interpreter?
  /// True once the program was told the thread states of all threads.
  private var hasTold = false
  private var chain: [Int32] = []
  /// Until when samples should be taken over at once: new code objects were met, others will follow, and
  /// those of an import are freed within milliseconds.
  private(set) var learningUntil: UInt64 = 0
  private static let learningTime: UInt64 = 200_000_000

  init(
    program: TickProgram, of process: ProcessLink, startOfStack: UInt64, plan: RecordingPlan,
    live: LiveProgram
  ) {
    self.program = program
    place = process.place ?? -1
    assembler = live.assembler
    self.live = live
    period = plan.period
    self.startOfStack = startOfStack
    copiesStack = plan.recordsNative
    memory = CopiedMemory(pid: process.pid)
    codeMemory = LineageMemory(pid: process.pid)
    pid = process.pid
  }

  /// The interpreter is known from now on; nil begins without one.
  func begin(_ runtime: PythonRuntime?) {
    var memory = assembler.memory
    self.runtime = runtime
    hasTold = false
    interpreter = runtime.map { TickProgram.Interpreter($0, memory: &memory) }
    onlyInterpreter = runtime?.interpreters(memory: &memory).last
    configure()
  }

  /// A forked process has all that its parent had, at the same places.
  func begin(asCopyOf parent: TickSampler) {
    codeMemory = LineageMemory(pid: pid, forkedFrom: parent.codeMemory)
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
    _ = live.kernelFrames.frames(of: record.kernelChain, into: &chain)
    let sample = assemble(record, of: thread)
    return SampleDraft(
      time: record.time, weight: period &* UInt64(record.ticks), cpu: .running, gil: sample.gil,
      source: record.isUserMode ? .userTick : .kernelTick, result: sample.result)
  }

  /// Of a thread that left the CPU; nil where that was for a stop of ours.
  func switchSample(_ record: TickRecord, of thread: RecordedThread) -> AssembledSample? {
    guard live.kernelFrames.frames(of: record.kernelChain, isSwitch: true, into: &chain) else {
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
          collection: reading.collection, kernelFrames: chain,
          circumstances: record.circumstances))
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
    return live.withWholeStack(from: record.stackStart, record.stack, limit: 0, body)
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
      reading.side =
        live.expectsPython || runtime != nil ? live.missing(at: record.time) : .none
      return
    }
    if record.isSearchCut { return search(record, thread, runtime, &reading) }
    let states = threadStates(record, runtime)
    guard !states.isEmpty else { return }
    if thread.python?.threadStates != states {
      thread.python = PythonThread(runtime: runtime, threadStates: states)
    }
    thread.isPython = true
    read(record, &thread.python!, &reading)
    settleCodes()
    if !record.isUserMode, reading.gil != .held,
      live.reader?.isGil(record.registers.firstArgument, ofAny: states) == true
    {
      reading.gil = .waiting
    }
  }

  /// The program did not find the thread's states in time. They are looked for here, and made known for the
  /// samples to come. For this one the frames are read as they are now, and what had the GIL is not known.
  private func search(
    _ record: TickRecord, _ thread: RecordedThread, _ runtime: PythonRuntime,
    _ reading: inout Reading
  ) {
    let states = live.reader?.threadStates(ofThread: record.fsBase)
    if states?.isEmpty == true { return }
    reading.side = .missing(.stateNotFound)
    guard let states, states.allSatisfy({ isState($0, of: record.fsBase, runtime) }) else { return }
    thread.isPython = true
    if !hasTold {
      hasTold = true
      for other in thread.process.threads.values { tell(other, runtime) }
    }
    tell(states, of: record.slot, runtime)
    var python = PythonThread(runtime: runtime, threadStates: states)
    var memory = assembler.memory
    let found = python.read(memory: &memory, into: &assembler.pythonStack)
    guard found.isValid, !found.isHalfLinked else { return }
    reading.side = .moving
    if !record.isUserMode, live.reader?.isGil(record.registers.firstArgument, ofAny: states) == true
    {
      reading.gil = .waiting
    }
  }

  /// Tells the program of a thread that it has not met yet: where one search takes too long, all do.
  private func tell(_ thread: RecordedThread, _ runtime: PythonRuntime) {
    guard let states = live.reader?.listedStates(of: thread.sampling.tid) else { return }
    tell(states, of: thread.sampling.slot, runtime)
  }

  private func tell(_ states: [ThreadState], of slot: Int32, _ runtime: PythonRuntime) {
    var memory = assembler.memory
    let head = runtime.address + runtime.layout.runtime.interpretersHead
    guard let newest = memory.pointer(at: head) else { return }
    program.know(
      states.map(\.address), newestInterpreter: newest,
      isOnlyInterpreter: newest == onlyInterpreter,
      time: MonotonicClock.now(), slot: slot)
  }

  private func isState(
    _ state: ThreadState, of thread: UInt64, _ runtime: PythonRuntime
  ) -> Bool {
    var memory = assembler.memory
    return memory.word(at: state.address + runtime.layout.threadState.threadID) == thread
  }

  /// Those that the program has found by the thread's id, and copied; where some may run on other
  /// threads than their ids say, those that the thread seems to run.
  private func threadStates(_ record: TickRecord, _ runtime: PythonRuntime) -> [ThreadState] {
    var memory = memory
    // This word does not change while there is one interpreter.
    let head = runtime.address + runtime.layout.runtime.interpretersHead
    if runtime.layout.statesWander, memory.pointer(at: head) != onlyInterpreter,
      let states = live.reader?.wanderingStates(
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
    // Thousands of frames would be read one by one, while the thread moves on.
    if assembler.pythonStack.outcome == .unreadable, !found.isHalfLinked, !record.areFramesCut {
      memory.readsLive = true
      found = python.read(memory: &memory, into: &assembler.pythonStack)
      reading.side = .moving
    }
    (reading.gil, reading.collection) = (found.gil, found.collection)
    guard found.isValid else {
      reading.side = .missing(.pythonUnreadable)
      return
    }
    // A chain that was cut fits nothing.
    guard reading.side == .frozen, !record.areFramesCut, found.isHalfLinked || innermostRunsNone()
    else { return }
    let isRecovered = python.recover(
      registers: record.registers.general, memory: &memory, into: &assembler.pythonStack)
    reading.side = isRecovered ? .recovered : .halfLinked
  }

  /// True where the innermost frame's code pointer leads to no code object: what a half-linked
  /// activation names may be a frame of earlier, overwritten in part.
  private func innermostRunsNone() -> Bool {
    guard let runtime, let type = runtime.codeType, let frame = assembler.pythonStack.frames.first
    else { return false }
    // Where it lies in memory that cannot be read none was copied.
    guard let print = copiedFingerprint(of: frame.code) else { return true }
    return !print.isAlive || print.type != type
  }

  /// Takes over the code objects that the record has met and that were not known: from the names that were
  /// copied with them or, without these, from the process, where they still exist in all likelihood. Samples
  /// are made of records later.
  func meetCodes(of record: TickRecord) {
    guard let runtime, isMine(record), assembler.codes != nil else { return }
    let range = runtime.layout.fingerprintRange
    var isNew = false
    record.forEachPiece { start, bytes in
      guard bytes.count == range.count,
        let print = CodeFingerprint(bytes, layout: runtime.layout),
        print.isAlive, print.type == runtime.codeType
      else { return }
      let code = RemoteAddress(start) - range.lowerBound
      guard !assembler.codes!.knows(print, at: code) else { return }
      if !isNew { record.forEachPiece { memory.add($1, at: $0) } }
      isNew = true
      let copied = RawCodeObject.copied(print, at: code, runtime: runtime, memory: &memory)
      if let copied, copied.hasAllLines {
        assembler.codes!.meet(copied)
      } else if let copied {
        assembler.codes!.meet(copied, unlessReadAt: code, memory: &codeMemory)
      } else {
        assembler.codes!.meet(print, at: code, memory: &codeMemory)
      }
    }
    guard isNew else { return }
    memory.removeAll()
    learningUntil = MonotonicClock.now() &+ Self.learningTime
  }

  /// Settles for each frame which code object it ran.
  private func settleCodes() {
    var last = RemoteAddress.null
    var isSettled = false
    for index in assembler.pythonStack.frames.indices {
      let code = assembler.pythonStack.frames[index].code
      if code != last {
        last = code
        // Frames that were read from the thread as it is now have none.
        let print = copiedFingerprint(of: code)
        isSettled = print != nil
        if let print { assembler.codes?.settle(print, at: code, memory: &codeMemory) }
      }
      assembler.pythonStack.frames[index].codeIsSettled = isSettled
    }
  }

  private func copiedFingerprint(of code: RemoteAddress) -> CodeFingerprint? {
    guard let runtime else { return nil }
    memory.readsLive = false
    var memory = memory
    return CodeFingerprint(of: code, layout: runtime.layout, memory: &memory)
  }
}

extension TickRecord {
  fileprivate var circumstances: SampleEvidence.Circumstances {
    var circumstances: SampleEvidence.Circumstances = []
    if isSearchCut { circumstances.insert(.searchWasCut) }
    if areFramesCut { circumstances.insert(.framesWereCut) }
    return circumstances
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
    codeRange = layout.fingerprintRange
    codeName = layout.code.qualifiedName ?? layout.code.name
    codeFile = layout.code.fileName
    codeLines = layout.code.lineTable
    checksText = !layout.numbersCode
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
