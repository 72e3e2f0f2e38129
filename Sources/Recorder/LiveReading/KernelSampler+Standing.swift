import PerfEvents
import ProfileModel
import SampleTypes

// Threads that are off the CPU, of which nobody copied anything when they left it: they left it before they
// were attached to, or the copy found no room. They stand still, and are read as they are.
extension KernelSampler {
  /// Samples a thread that is off the CPU and has been since its ring was drained; nothing if it is not.
  func sampleStanding(_ thread: RecordedThread, _ events: KernelEvents) {
    guard let standing = StandingThread(of: thread.sampling.tid, in: thread.process.files) else {
      return
    }
    let sample = assemble(standing, thread)
    guard !events.ring.hasRecords else { return }
    guard let sample else {
      thread.away = nil
      return
    }
    thread.away?.sample = sample
    thread.away?.isAssumed = false
    thread.away?.isPreempted = false
  }

  /// The recording ends: whoever is off the CPU still stands where it has left it.
  func lookAtLast(_ thread: RecordedThread, at end: UInt64) {
    guard let away = thread.away, away.sample == nil, let events = thread.sampling.kernel else {
      return
    }
    if away.isAssumed {
      if thread.waitsForLook { look(at: thread) }
      // Nothing has told so far whether it was: it was if it has used none.
      if thread.away?.isAssumed == true, thread.sampling.cpuTime() > 0 { thread.away = nil }
    } else if thread.offCPU.ticks(within: end &- min(away.since, end)) {
      if events.copiesSwitches {
        lookAtCopy(of: thread, events, away)
      } else {
        sampleAway(thread, events)
      }
    }
  }

  /// A thread that has not run since it was attached to, whose switches are hidden: its time until `end` is one
  /// sample. Nothing if it has run.
  func finishStill(_ thread: RecordedThread, at end: UInt64) {
    let files = thread.process.files
    guard let times = thread.timesAtStart, thread.sampling.cpuTime() == 0,
      let standing = StandingThread(of: thread.sampling.tid, in: files),
      let sample = assemble(standing, thread),
      StandingThread.times(of: thread.sampling.tid, in: files) == times
    else { return }
    let start = thread.sampling.openedAt
    append(
      thread,
      SampleDraft(
        time: start, weight: end &- min(start, end), cpu: .blocked, gil: sample.gil,
        source: .contextSwitch, result: sample.result))
  }

  /// Nil for a thread that is in a stop of ours.
  private func assemble(_ standing: StandingThread, _ thread: RecordedThread) -> AssembledSample? {
    guard program.kernelFrames.frames(ofStack: standing.kernelStack, into: &chain) else {
      return nil
    }
    let registers = standing.place.registers
    var (side, gil) = readPython(thread, registers)
    if side == .moving { side = .still }
    // From the red zone on: code that was interrupted in a leaf function may have its data there.
    let start = registers.stackPointer &- AddressRange.redZone
    let result = program.withWholeStack(from: start, .init(start: nil, count: 0), limit: 0) {
      assembler.assemble(
        .init(
          registers: registers, knownRegisters: standing.place.known, stack: $0, python: side,
          task: reader?.task(of: thread.sampling.tid), kernelFrames: chain))
    }
    if reader?.isGil(registers.firstArgument, of: thread.sampling.tid) == true { gil = .waiting }
    return AssembledSample(result: result, gil: gil)
  }
}
