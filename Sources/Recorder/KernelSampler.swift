import LinuxIO
import PerfEvents
import ProfileModel
import RemoteProcess
import SampleTypes
import StackMerging
import Unwinding

/// Makes samples of kernel ticks and of time off the CPU: registers and stack from perf, Python
/// read without a stop (Docs/Capture.md).
final class KernelSampler {
  private let assembler: SampleAssembler
  let kernelFrames: KernelFrames
  private let period: UInt64
  private let append: (RecordedThread, SampleDraft) -> Void
  /// Nil until an interpreter is known.
  var reader: UnstoppedReader?
  /// False while the process has no interpreter, as far as is known.
  var expectsPython = true
  /// The end of the mapping that holds an address.
  var stackEnd: (UInt64) -> UInt64? = { _ in nil }
  /// How much stack is read behind what perf copied. OpenBLAS has frames of half a megabyte.
  private static let outerStackLimit: UInt64 = 1 << 20
  private var chain: [Int32] = []
  /// Only ever grows: its bytes are written before they are read.
  private var stackScratch: [UInt8] = []
  private(set) var counts = KernelCounts()

  init(
    assembler: SampleAssembler, period: UInt64, kernelFrames: KernelFrames,
    append: @escaping (RecordedThread, SampleDraft) -> Void
  ) {
    self.assembler = assembler
    self.period = period
    self.append = append
    self.kernelFrames = kernelFrames
  }

  /// Takes what the kernel wrote about `thread` since the last time.
  func drain(_ thread: RecordedThread) {
    guard let events = thread.sampling.kernel, events.ring.hasRecords else { return }
    var switches = 0
    let mayHaveDropped = events.ring.drain { bytes in
      switch PerfRecord(bytes, kind: .kernelTick) {
      case .sample(let sample) where sample.event == events.tickIdentifier:
        takeTick(sample, thread, events)
      case .sample(let sample):
        keepSwitch(sample, thread)
        switches += 1
      case .switchOut(let time, let preempted): leave(thread, time, preempted)
      case .switchIn(let time): comeBack(thread, time)
      case .lost(let count):
        counts.lost += Int64(clamping: count)
        thread.away = nil  // It may have come back unseen.
      case .other: break
      }
    }
    // The thread may have come back, and that record have found no room.
    if mayHaveDropped { thread.away = nil }
    thread.waitsForLook = thread.away != nil && thread.away?.sample == nil
    if switches < Self.manySwitches { look(at: thread, isSoon: true) }
  }

  /// Switches between two looks at a ring, from which on the thread is rather back in no time, and a sample
  /// of it while it is away is worth nothing. Thousands of such threads would keep us from all else.
  private static let manySwitches = 8

  /// Samples a thread that is off the CPU; unless `isSoon`, only if it has been for so long that a sample
  /// will be asked for.
  func look(at thread: RecordedThread, isSoon: Bool = false) {
    guard thread.waitsForLook, let away = thread.away, let events = thread.sampling.kernel else {
      return
    }
    let time = MonotonicClock.now()
    guard isSoon || thread.offCPU.ticks(within: time &- min(away.since, time)) else { return }
    thread.waitsForLook = false
    sampleAway(thread, events)
  }

  /// A thread that is still away when the recording ends was so until then.
  func finish(_ thread: RecordedThread, at end: UInt64) { comeBack(thread, end) }

  // MARK: Kernel ticks

  private func takeTick(
    _ sample: PerfSample, _ thread: RecordedThread, _ events: KernelEvents
  ) {
    guard let registers = sample.registers else { return }
    guard kernelFrames.frames(of: sample.kernelChain, into: &chain) else {
      counts.ownTicks += 1
      return
    }
    let (side, state) = readPython(thread, registers)
    var gil = state
    let result = withWholeStack(
      from: registers.rsp, sample.stack, limit: events.tickStackBytes
    ) {
      assembler.assemble(
        .init(
          registers: registers, stack: $0, python: side,
          task: reader?.task(of: thread.sampling.tid), kernelFrames: chain))
    }
    if gil != .none, gil != .held, reader?.isGil(registers.rdi, of: thread.sampling.tid) == true {
      gil = .waiting
    }
    let draft = SampleDraft(
      time: sample.time, weight: events.tickWeight, cpu: .running, gil: gil,
      source: chain.isEmpty ? .unstopped : .kernelTick, result: result)
    append(thread, draft)
  }

  // MARK: Time off the CPU

  /// The sample of a switch comes before its record; it is kept until the time away is known.
  private func keepSwitch(_ sample: PerfSample, _ thread: RecordedThread) {
    guard let registers = sample.registers,
      kernelFrames.frames(of: sample.kernelChain, isSwitch: true, into: &chain)
    else { return }
    thread.switchStack.removeAll(keepingCapacity: true)
    thread.switchStack.append(contentsOf: sample.stack)
    thread.away = .init(
      since: sample.time, registers: registers, stackCount: sample.stack.count,
      kernelFrames: chain)
  }

  private func leave(_ thread: RecordedThread, _ time: UInt64, _ preempted: Bool) {
    thread.away?.since = time
    thread.away?.isPreempted = preempted
  }

  private func comeBack(_ thread: RecordedThread, _ time: UInt64) {
    guard let away = thread.away else { return }
    thread.away = nil
    let weight = thread.offCPU.weight(of: time &- min(away.since, time))
    guard weight > 0 else { return }
    let sample = away.sample ?? assembleAway(thread, away, isStill: false)
    let draft = SampleDraft(
      time: away.since, weight: weight, cpu: away.isPreempted ? .runnable : .blocked,
      gil: sample.gil, source: .contextSwitch, result: sample.result)
    append(thread, draft)
  }

  /// Samples a thread that is away now. Its Python frames stand still as long as it is: if its ring
  /// has no new record after they were read, they were read right.
  private func sampleAway(_ thread: RecordedThread, _ events: KernelEvents) {
    guard let away = thread.away else { return }
    let sample = assembleAway(thread, away, isStill: true)
    if !events.ring.hasRecords { thread.away?.sample = sample }
  }

  private func assembleAway(
    _ thread: RecordedThread, _ away: RecordedThread.Away, isStill: Bool
  ) -> OffCPUSample {
    var (side, gil) = readPython(thread, away.registers)
    if isStill && side == .moving { side = .still }
    let result = thread.switchStack.withUnsafeBytes { copied in
      withWholeStack(
        from: away.registers.rsp, copied, limit: thread.sampling.kernel?.switchStackBytes ?? 0
      ) {
        assembler.assemble(
          .init(
            registers: away.registers, stack: $0, python: side,
            task: reader?.task(of: thread.sampling.tid), kernelFrames: away.kernelFrames))
      }
    }
    if !away.isPreempted, reader?.isGil(away.registers.rdi, of: thread.sampling.tid) == true {
      gil = .waiting
    } else if !isStill, !away.isPreempted, gil == .held {
      // It holds the GIL now that it runs again; what blocks without holding it lets it go first.
      gil = .released
    }
    return OffCPUSample(result: result, gil: gil)
  }

  /// Calls `body` with the copied bytes and, where the copy was full, what lies farther out. Outer frames
  /// do not change while an inner one runs, and the merge checks them.
  func withWholeStack(
    from start: UInt64, _ copied: UnsafeRawBufferPointer, limit: Int,
    _ body: (StackBytes) -> SampleAssembler.Result
  ) -> SampleAssembler.Result {
    let rest = start &+ UInt64(copied.count)
    guard copied.count >= limit - 8, let end = stackEnd(rest), end > rest else {
      return body(StackBytes(start: start, bytes: copied))
    }
    let count = copied.count + Int(min(end &- rest, Self.outerStackLimit))
    if stackScratch.count < count {
      stackScratch.append(contentsOf: [UInt8](repeating: 0, count: count - stackScratch.count))
    }
    return stackScratch.withUnsafeMutableBytes { buffer in
      buffer.copyMemory(from: copied)
      let read = assembler.memory.copyBytes(
        at: RemoteAddress(rest),
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[copied.count..<count]))
      let whole = UnsafeRawBufferPointer(rebasing: buffer[..<(copied.count + read)])
      return body(StackBytes(start: start, bytes: whole))
    }
  }

  private func readPython(
    _ thread: RecordedThread, _ registers: Registers
  ) -> (SampleAssembler.PythonSide, GilState) {
    guard let reader else { return (expectsPython ? .missing(.interpreterNotReady) : .none, .none) }
    let gil = reader.read(
      tid: thread.sampling.tid, registers: registers, into: &assembler.pythonStack)
    guard let gil else { return (.none, .none) }
    thread.isPython = true
    return (.moving, gil)
  }
}

/// A sample before it has a place in the recording.
struct SampleDraft {
  /// Nanoseconds of CLOCK_MONOTONIC.
  var time: UInt64
  /// Nanoseconds.
  var weight: UInt64
  var cpu: CPUState
  var gil: GilState
  var source: SampleSource
  var result: SampleAssembler.Result
}
