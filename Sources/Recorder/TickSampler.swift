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
  private var python: PythonSampler?
  /// What `TickProgram.configure` returned for this image, and for its interpreter.
  private var generation: UInt32 = 0
  private var chain: [Int32] = []

  init(
    program: TickProgram, process: ProcFiles, plan: RecordingPlan, assembler: SampleAssembler,
    kernel: KernelSampler
  ) {
    self.program = program
    self.assembler = assembler
    self.kernel = kernel
    period = plan.period
    startOfStack = process.startOfStack() ?? 0
    copiesStack = plan.recordsNative
    memory = CopiedMemory(pid: process.pid)
    configure(nil)
  }

  /// The interpreter is known from now on.
  func begin(_ runtime: PythonRuntime) {
    var memory = assembler.memory
    python = PythonSampler(runtime: runtime, memory: &memory)
    configure(TickProgram.Interpreter(runtime, memory: &memory))
  }

  private func configure(_ interpreter: TickProgram.Interpreter?) {
    let generation = try? program.configure(
      interpreter, startOfStack: startOfStack, copiesStack: copiesStack)
    self.generation = generation ?? 0
  }

  /// The address no longer holds the code object that was captured there.
  func forget(code: RemoteAddress) { python?.forget(code: code) }

  func sample(_ record: TickRecord, of thread: RecordedThread) -> SampleDraft {
    memory.removeAll()
    defer { memory.removeAll() }
    record.forEachPiece { memory.add($1, at: $0) }
    memory.add(record.stack, at: record.stackStart)
    _ = kernel.kernelFrames.frames(of: record.kernelChain, into: &chain)
    let (side, gil) = readPython(record, thread)
    let result = assembler.assemble(
      .init(
        registers: record.registers,
        stack: StackBytes(start: record.stackStart, bytes: record.stack), python: side,
        kernelFrames: chain))
    return SampleDraft(
      time: record.time, weight: period, cpu: .running, gil: gil,
      source: record.isUserMode ? .userTick : .kernelTick, result: result)
  }

  private func readPython(
    _ record: TickRecord, _ thread: RecordedThread
  ) -> (SampleAssembler.PythonSide, GilState) {
    guard python != nil, record.generation == generation, record.knewInterpreter else {
      return (kernel.mayHavePython ? .missing(.interpreterNotReady) : .none, .none)
    }
    guard let state = record.threadState else { return (.none, .none) }
    let layout = python!.runtime.layout.threadState
    var memory = memory
    guard let interpreter = memory.pointer(at: state + layout.interpreter) else {
      return (.missing(.pythonUnreadable), .none)
    }
    thread.python.attach(
      to: ThreadState(
        address: state, interpreter: interpreter, threadID: record.fsBase, nativeThreadID: nil),
      runtime: python!.runtime)
    var (side, gil) = read(record, thread, &memory)
    guard side != .none else { return (.none, .none) }
    thread.isPython = true
    memory.readsLive = true
    python!.captureNewCodes(memory: &memory) { assembler.codes?.add($0) }
    swap(&assembler.pythonStack, &python!.stack)
    if !record.isUserMode, gil != .none, gil != .held,
      kernel.reader?.isGil(record.registers.rdi, of: interpreter) == true
    {
      gil = .waiting
    }
    return (side, gil)
  }

  /// Reads what was copied. What the program did not foresee (very long chains, frames of greenlets)
  /// is read from the thread as it is now, and believed only as far as the copied stack confirms it.
  private func read(
    _ record: TickRecord, _ thread: RecordedThread, _ memory: inout CopiedMemory
  ) -> (SampleAssembler.PythonSide, GilState) {
    let gil = python!.read(&thread.python, fsBase: record.fsBase, memory: &memory)
    if let gil, python!.stack.outcome != .unreadable { return (.frozen, gil) }
    memory.readsLive = true
    guard let gil = python!.read(&thread.python, fsBase: record.fsBase, memory: &memory) else {
      return (.none, .none)
    }
    return (.moving, gil)
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
    if let holder = layout.runtime.currentThreadState {
      words.append((runtime.address + holder).rawValue)
    }
    words += runtime.threadsHeadAddresses(memory: &memory).map(\.rawValue)
  }
}
