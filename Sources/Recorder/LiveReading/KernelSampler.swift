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
  let program: LiveProgram
  /// Makes samples of what a `TickProgram` copied where threads left the CPU; nil without one.
  private let ticks: TickSampler?
  private let queue: SampleQueue
  var chain: [Int32] = []
  private(set) var counts = KernelCounts()

  var assembler: SampleAssembler { program.assembler }
  var reader: UnstoppedReader? { program.reader }

  init(_ program: LiveProgram, ticks: TickSampler?, queue: SampleQueue) {
    self.program = program
    self.ticks = ticks
    self.queue = queue
  }

  func append(_ thread: RecordedThread, _ draft: SampleDraft) { queue.append(draft, of: thread) }

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
      case .switchOut(let time, let preempted) where events.copiesSwitches:
        thread.away = .init(since: time, isPreempted: preempted)
        thread.cameBack = thread.cameBack ?? time &- Self.longestCopy
      case .switchOut(let time, let preempted): leave(thread, time, preempted)
      case .switchIn(let time): comeBack(thread, time)
      case .lost(let count):
        counts.lost += Int64(clamping: count)
        forgetAbsence(of: thread)
      case .other: break
      }
    }
    if mayHaveDropped { forgetAbsence(of: thread) }
    thread.waitsForLook = thread.away != nil && thread.away?.sample == nil
    if events.copiesSwitches { return }
    if switches < Self.manySwitches { look(at: thread, isSoon: true) }
  }

  /// The thread may have come back, and that record have found no room.
  private func forgetAbsence(of thread: RecordedThread) {
    thread.away = nil
    thread.cameBack = nil
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
    if away.isAssumed {
      thread.waitsForLook = false
      return sampleStanding(thread, events)
    }
    let time = MonotonicClock.now()
    if events.copiesSwitches {
      if time &- min(away.since, time) > Self.longAbsence { lookAtCopy(of: thread, events, away) }
      return
    }
    guard isSoon || thread.offCPU.ticks(within: time &- min(away.since, time)) else { return }
    thread.waitsForLook = false
    sampleAway(thread, events)
  }

  /// Nanoseconds from which on what was copied of an absence is not kept, but its sample.
  private static let longAbsence: UInt64 = 20_000_000

  /// A thread that is still away when the recording ends was so until then.
  func finish(_ thread: RecordedThread, at end: UInt64) {
    lookAtLast(thread, at: end)
    comeBack(thread, end)
    giveUpCopies(of: thread)
  }

  /// No copies of this thread's absences until now are of use any more.
  func giveUpCopies(of thread: RecordedThread) {
    thread.copies.finish { append(thread, draft($0, Self.notCopied)) }
  }

  // MARK: Kernel ticks

  private func takeTick(
    _ sample: PerfSample, _ thread: RecordedThread, _ events: KernelEvents
  ) {
    guard events.takesTick(at: sample.count), let registers = sample.registers else { return }
    guard program.kernelFrames.frames(of: sample.kernelChain, into: &chain) else {
      counts.ownTicks += 1
      return
    }
    let (side, state) = readPython(thread, registers)
    var gil = state
    let result = program.withWholeStack(
      from: registers.stackPointer, sample.stack, limit: events.tickStackBytes
    ) {
      assembler.assemble(
        .init(
          registers: registers, stack: $0, python: side,
          task: reader?.task(of: thread.sampling.tid), kernelFrames: chain))
    }
    if gil != .none, gil != .held,
      reader?.isGil(registers.firstArgument, of: thread.sampling.tid) == true
    {
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
      program.kernelFrames.frames(of: sample.kernelChain, isSwitch: true, into: &chain)
    else { return }
    thread.switchStack.removeAll(keepingCapacity: true)
    thread.switchStack.append(contentsOf: sample.stack)
    thread.away = .init(since: sample.time, registers: registers, kernelFrames: chain)
  }

  private func leave(_ thread: RecordedThread, _ time: UInt64, _ preempted: Bool) {
    // It was on the CPU, then; what it leaves for now is a stop of ours.
    if thread.away?.isAssumed == true { thread.away = nil }
    thread.away?.since = time
    thread.away?.isPreempted = preempted
  }

  private func comeBack(_ thread: RecordedThread, _ time: UInt64) {
    defer { thread.cameBack = time }
    guard let away = thread.away else { return }
    thread.away = nil
    var absence = self.absence(away, of: thread)
    absence.weight = thread.offCPU.weight(of: time &- min(away.since, time))
    if let sample = away.sample {
      if absence.weight > 0 { append(thread, draft(absence, sample)) }
    } else if away.isAssumed {
      if absence.weight > 0 { append(thread, draft(absence, Self.notCopied)) }
    } else if thread.sampling.kernel?.copiesSwitches == true {
      thread.copies.end(absence) { take($0, absence, thread) }
    } else if absence.weight > 0 {
      append(thread, draft(absence, assembleAway(thread, away, isStill: false)))
    }
  }

  private func absence(
    _ away: RecordedThread.Away, of thread: RecordedThread
  ) -> SwitchCopies.Absence {
    .init(
      since: away.since, notBefore: thread.cameBack ?? away.since, isPreempted: away.isPreempted)
  }

  func draft(_ absence: SwitchCopies.Absence, _ sample: AssembledSample) -> SampleDraft {
    SampleDraft(
      time: absence.since, weight: absence.weight, cpu: absence.isPreempted ? .runnable : .blocked,
      gil: sample.gil, source: .contextSwitch, result: sample.result)
  }

  // MARK: Switches that a `TickProgram` copies

  /// What the program copied when the thread left the CPU.
  func takeSwitch(_ record: TickRecord, _ thread: RecordedThread) {
    let absence = thread.copies.take(copyOf: record.time, bytes: record.rawBytes) {
      append(thread, draft($0, Self.notCopied))
    }
    if let absence { take(record, absence, thread) }
  }

  private func take(
    _ record: TickRecord, _ absence: SwitchCopies.Absence, _ thread: RecordedThread
  ) {
    guard let sample = ticks?.switchSample(record, of: thread) else { return }
    append(thread, draft(absence, sample))
  }

  func lookAtCopy(
    of thread: RecordedThread, _ events: KernelEvents, _ away: RecordedThread.Away
  ) {
    thread.waitsForLook = false
    var hasCopy = false
    thread.copies.takeCopy(of: absence(away, of: thread)) {
      hasCopy = true
      thread.away?.sample = ticks?.switchSample($0, of: thread)
    }
    // A copy that is of a stop of ours is no absence of the thread's own.
    if hasCopy, thread.away?.sample == nil { return forgetAbsence(of: thread) }
    // The ring of copies was full: but the thread is there still.
    if !hasCopy { sampleStanding(thread, events) }
  }

  /// Nanoseconds, from the beginning of a copy to the record of the switch.
  private static let longestCopy: UInt64 = 200_000

  /// The ring was full of other records then.
  private static let notCopied = AssembledSample(
    result: .init(stack: -1, outcome: .nativeOnly(.stackNotCopied)), gil: .none)

  /// Samples a thread that is away now. Its Python frames stand still as long as it is: if its ring
  /// has no new record after they were read, they were read right.
  func sampleAway(_ thread: RecordedThread, _ events: KernelEvents) {
    guard let away = thread.away else { return }
    let sample = assembleAway(thread, away, isStill: true)
    if !events.ring.hasRecords { thread.away?.sample = sample }
  }

  private func assembleAway(
    _ thread: RecordedThread, _ away: RecordedThread.Away, isStill: Bool
  ) -> AssembledSample {
    var (side, gil) = readPython(thread, away.registers)
    if isStill && side == .moving { side = .still }
    let result = thread.switchStack.withUnsafeBytes { copied in
      program.withWholeStack(
        from: away.registers.stackPointer, copied,
        limit: thread.sampling.kernel?.switchStackBytes ?? 0
      ) {
        assembler.assemble(
          .init(
            registers: away.registers, stack: $0, python: side,
            task: reader?.task(of: thread.sampling.tid), kernelFrames: away.kernelFrames))
      }
    }
    if !away.isPreempted,
      reader?.isGil(away.registers.firstArgument, of: thread.sampling.tid) == true
    {
      gil = .waiting
    } else if !isStill, !away.isPreempted, gil == .held {
      // It holds the GIL now that it runs again; what blocks without holding it lets it go first.
      gil = .released
    }
    return AssembledSample(result: result, gil: gil)
  }

  func readPython(
    _ thread: RecordedThread, _ registers: Registers
  ) -> (SampleAssembler.PythonSide, GilState) {
    guard let reader else {
      return (
        program.expectsPython ? program.missing(at: MonotonicClock.now()) : .none, .none
      )
    }
    let gil = reader.read(
      tid: thread.sampling.tid, registers: registers, into: &assembler.pythonStack)
    guard let gil else { return (sideWithoutState(thread), .none) }
    thread.isPython = true
    thread.isNative = false
    return (.moving, gil)
  }
}

extension KernelSampler {
  /// What is known of a thread for which the interpreter has no state: that it runs no Python, if it lives. One
  /// that has ended may have had one; whoever was seen without is taken to have had none until then.
  private func sideWithoutState(_ thread: RecordedThread) -> SampleAssembler.PythonSide {
    if thread.isNative { return .none }
    guard thread.process.files.isAlive(thread.sampling.tid) else { return .missing(.threadEnded) }
    thread.isNative = true
    return .none
  }
}
