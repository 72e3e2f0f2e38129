import CPython
import Glibc
import LinuxIO
import PerfEvents
import ProfileModel
import RemoteProcess
import SampleTypes

/// Takes the sample of a thread that is stopped at a tick, and lets it go on. Between the stop and
/// the going on stands only what must be read from the frozen thread.
final class StopSampler {
  /// More stack than this is not copied: the sample is then truncated, and says so.
  private static let stackLimit: UInt64 = 1 << 20
  private static let redZone = AddressRange.redZone

  /// System calls of a stop that read no memory: PTRACE_GETSIGINFO, which tells that it is one,
  /// PTRACE_GETREGS and PTRACE_CONT.
  private static let callsBesideReads = 3

  private let counts: TracerCounts
  private let link: TracerLink
  private let process: ProcessLink
  private let recordsNative: Bool
  private let startOfStack: UInt64
  private let memory: PrefetchedMemory
  private var python: PythonSampler?
  private var runtimeGeneration = 0
  private var tasksGeneration = 0
  private var ranges: [AddressRange] = []

  init(
    of process: ProcessLink, startOfStack: UInt64, link: TracerLink, counts: TracerCounts,
    recordsNative: Bool
  ) {
    self.link = link
    self.process = process
    self.counts = counts
    self.recordsNative = recordsNative
    self.startOfStack = startOfStack
    memory = PrefetchedMemory(pid: process.pid)
  }

  /// Samples and resumes; returns the CPU on which the thread stopped, if that is known.
  ///
  /// - Parameter isLastTick: the event has disabled itself, and must be enabled before the thread runs.
  func sample(_ thread: TracedThread, isLastTick: Bool) -> UInt32? {
    let noticed = MonotonicClock.now()
    guard let registers = Ptrace.registers(thread.tid) else { return nil }
    guard let (tick, count) = thread.takeTick(stoppedAt: registers.user.instructionPointer, noticed)
    else {
      Ptrace.resume(thread.tid)
      return nil
    }
    // Before its period is the usual one a thread has more ticks than are wanted.
    if thread.isSettled { counts.ledger.lost += Int64(count - 1) }
    let isSample = thread.takesTick()
    if isLastTick { thread.allowTicks(count, isLast: true) }
    // Otherwise not in the stop: one more may come.
    defer { if !isLastTick { thread.allowTicks(count, isLast: false) } }
    guard isSample else {
      resume(thread, since: tick.time, noticed: noticed)
      return tick.cpu
    }
    if tick.address != registers.user.instructionPointer { counts.ledger.displaced += 1 }
    let stackBytes = recordsNative ? stackSize(of: thread, registers) : 0
    guard let packet = link.packets.reserve(SamplePacketWriter.capacity(stackBytes: stackBytes))
    else {
      counts.ledger.lost += 1
      resume(thread, since: tick.time, noticed: noticed)
      return tick.cpu
    }
    var writer = SamplePacketWriter(packet)
    writer.header.slot = thread.slot
    writer.header.newsBefore = UInt32(truncatingIfNeeded: link.newsCount)
    writer.header.time = tick.time
    writer.header.sampledAddress = tick.address
    writer.header.registers = registers.user
    read(thread, registers, stackBytes, &writer)
    writer.header.codesBefore = UInt32(truncatingIfNeeded: process.codeCount)
    writer.header.pause = UInt32(clamping: MonotonicClock.now() &- tick.time)
    // Before the thread goes on: it may take this one's CPU for a whole period.
    link.packets.commit(writer.finish())
    resume(thread, since: tick.time, noticed: noticed)
    prepareNext()
    return tick.cpu
  }

  private func read(
    _ thread: TracedThread, _ registers: ThreadRegisters, _ stackBytes: Int,
    _ writer: inout SamplePacketWriter
  ) {
    let callsBefore = memory.systemCalls
    ranges.removeAll(keepingCapacity: true)
    python?.prefetchRanges(of: &thread.python, into: &ranges)
    let stackStart = registers.user.stackPointer &- Self.redZone
    let copied = memory.prefetch(
      ranges, stackStart: stackStart, stack: writer.stackSpace(stackBytes))
    writer.setStack(start: stackStart, count: copied)
    readPython(thread, registers, &writer)
    memory.invalidate()
    let calls = Self.callsBesideReads + Int(memory.systemCalls - callsBefore)
    writer.header.systemCalls = Int32(truncatingIfNeeded: calls)
    counts.ledger.stopCalls.add(calls)
  }

  private func readPython(
    _ thread: TracedThread, _ registers: ThreadRegisters, _ writer: inout SamplePacketWriter
  ) {
    guard python != nil else {
      writer.header.python = .noInterpreter
      return
    }
    var memory = memory
    let reading = python!.read(
      &thread.python, fsBase: registers.fsBase, stack: stackInUse(registers), memory: &memory
    ) {
      registers.user.general + (Ptrace.vectorWords(thread.tid) ?? [])
    }
    guard let reading else {
      writer.header.python = .noThreadState
      return
    }
    writer.header.python =
      reading.isRecovered ? .recovered : reading.isHalfLinked ? .halfLinked : .read
    writer.header.gil = reading.gil
    writer.header.collection = reading.collection
    writer.header.task = python!.task(of: thread.python, memory: &memory) { link.hand(over: $0) }
    python!.captureNewCodes(memory: &memory) { process.hand(over: $0) }
    writer.append(python!.stack)
  }

  /// Lets the thread go on. Its pause ends here: the thread may run within PTRACE_CONT.
  private func resume(_ thread: TracedThread, since tick: UInt64, noticed: UInt64) {
    link.priority.giveWay(afterWaiting: noticed &- tick)
    let now = MonotonicClock.now()
    counts.ledger.pauses.add(nanoseconds: Int64(clamping: now &- tick))
    counts.ledger.reads.add(nanoseconds: Int64(clamping: now &- noticed))
    Ptrace.resume(thread.tid)
    link.priority.takeOver()
  }

  /// What can wait until the thread runs again; also called before the first stop.
  func prepareNext() {
    if process.runtimeGeneration != runtimeGeneration {
      runtimeGeneration = process.runtimeGeneration
      tasksGeneration = -1
      var memory = memory
      python = process.runtime.map { PythonSampler(runtime: $0, memory: &memory) }
    }
    guard process.tasksGeneration != tasksGeneration else { return }
    tasksGeneration = process.tasksGeneration
    python?.readTasks(at: process.takeTaskPlaces())
  }

  private func stackSize(of thread: TracedThread, _ registers: ThreadRegisters) -> Int {
    min(stackInUse(registers).count, Int(Self.stackLimit + Self.redZone))
  }

  private func stackInUse(_ registers: ThreadRegisters) -> AddressRange {
    AddressRange(
      stackFrom: registers.user.stackPointer, threadPointer: registers.fsBase,
      startOfStack: startOfStack)
  }
}
