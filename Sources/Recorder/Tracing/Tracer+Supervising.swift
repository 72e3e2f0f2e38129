import Glibc
import LinuxIO
import PerfEvents
import RemoteProcess

// A signal that was free to use when a thread was met may be the target's own by now.
extension Tracer {
  /// Nanoseconds between two looks.
  private static let lookInterval: UInt64 = 50_000_000

  /// Looks whether the signals of ticks still stop their threads, and are still nobody else's.
  func superviseSignals() {
    guard link.tickProgram == nil else { return }
    let now = MonotonicClock.now()
    guard now &- supervisedAt >= Self.lookInterval else { return }
    supervisedAt = now
    lookAtHandlers()
    for thread in Array(threads.values) where thread.waitsForStop() { lookAtMask(of: thread) }
  }

  /// One process at each look: reading a status takes the kernel some microseconds.
  private func lookAtHandlers() {
    if unsupervised.isEmpty { unsupervised = Array(processes.keys)[...] }
    guard let pid = unsupervised.popFirst(), let process = processes[pid],
      let masks = SignalMasks(of: pid, in: process.files)
    else { return }
    process.caughtSignals |= masks.caught
    let known = SignalMasks(blocked: 0, caught: process.caughtSignals)
    if let usual = process.usualSignal, known.isCaught(usual) {
      process.usualSignal = SampleSignal.choose(known)
    }
    for thread in Array(threads.values) where thread.process === process {
      if let signal = thread.signal, known.isCaught(signal) { chooseAgain(thread) }
    }
  }

  /// A tick came, and no stop: the thread blocks the signal, and may even have taken it, by sigwait(2)
  /// or signalfd(2); or one of its own with the same number was queued first.
  private func lookAtMask(of thread: TracedThread) {
    guard let signal = thread.signal,
      let masks = SignalMasks(of: thread.tid, in: thread.process.files)
    else { return }
    if masks.isBlocked(signal) {
      chooseAgain(thread)
    } else if !masks.isPending(signal), !isStopped(thread) {
      counts.ledger.lost += Int64(thread.giveUpTicks())
    }
  }

  /// Whether its stop is there, and only waits to be served.
  private func isStopped(_ thread: TracedThread) -> Bool {
    let state = thread.process.files.statusField("State", tid: thread.tid)
    return state == nil || state!.hasPrefix("t") || state!.hasPrefix("T")
  }

  /// Opens the thread's events anew, with another signal or none.
  private func chooseAgain(_ thread: TracedThread) {
    thread.sampling.tick?.disable()
    threads[thread.tid] = nil
    end(thread)
    openNew(thread.tid, of: thread.process, isNew: false)
    guard let signal = thread.signal else { return }
    threads[thread.tid]?.formerTick = (signal, thread.sampling.tickDescriptor)
  }
}
