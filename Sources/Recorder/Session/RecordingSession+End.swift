import LinuxIO

// The last that a recording has to tell of its threads.
extension RecordingSession {
  /// Lets go of all threads at the end of the recording.
  func endThreads() {
    takeTicks()
    let end = MonotonicClock.now()
    for thread in threads.values {
      drainKernel(thread)
      thread.process.image?.kernel.finish(thread, at: end)
      writeSamples()
      ledger.endedCPU &+= thread.sampling.cpuTime()
    }
    guard ledger.samples == 0 else { return }
    for thread in threads.values { thread.process.image?.kernel.finishStill(thread, at: end) }
    writeSamples()
    if ledger.samples > 0 { note(Self.stillNote) }
  }

  private static let stillNote =
    "no thread used the CPU, and time off the CPU is not permitted to be seen: what is shown is where those "
    + "threads stood that did not run at all"
}
