import CLinux
import Glibc
import LinuxIO
import PerfEvents
import Synchronization

/// Does what cannot wait for a `TickProgram`, on a thread of its own, at the lowest real-time priority where
/// that is allowed.
///
/// It gives threads their usual period as soon as their first tick has come, which comes at a random instant of
/// it (`TickPhase`): the period begins anew when it is set, so what the thread does until then is not sampled.
/// And it makes room in the ring when nobody has drained it for long, as the machine is busy, and has the main
/// thread come before others as long as that goes on: on a machine without a free CPU it would get too little to
/// make samples of all that is copied.
final class TickAttendant: Sendable {
  private let program: TickProgram
  private let period: UInt64
  /// By slot; nil once nobody waits for them.
  private let waiting = Mutex<[Int32: ThreadSampling]?>(nil)

  /// Milliseconds after which it is noticed at the latest that nobody wants this any more.
  private static let patience: Int32 = 200
  /// So long after the ring filled last the main thread has its own priority again, nanoseconds.
  private static let calmTime: UInt64 = 1_000_000_000

  init(program: TickProgram, period: UInt64) {
    self.program = program
    self.period = period
  }

  /// Begins to wait. Where no thread can be made, first periods are whole ones.
  func start() {
    waiting.withLock { $0 = [:] }
    do { try WorkThread { self.run() }.detach() } catch { stop() }
  }

  func stop() { waiting.withLock { $0 = nil } }

  /// A thread's event was opened with a random first period, and nothing is attached to it yet.
  func expect(_ sampling: ThreadSampling) {
    let isAwaited = waiting.withLock { waiting in
      guard waiting != nil, program.expectFirst(slot: sampling.slot) else { return false }
      waiting?[sampling.slot] = sampling
      return true
    }
    if !isAwaited { sampling.setPeriod(period) }
  }

  /// The thread has ended.
  func forget(slot: Int32) { settle(slot) }

  private func run() {
    _ = linux_become_realtime(0)
    let priority = MainThreadPriority()
    var filledAt: UInt64?
    while waiting.withLock({ $0 != nil }) {
      program.wait(milliseconds: Self.patience) { call in
        switch call {
        case .firstTick(let slot): settle(slot)
        case .ringFills:
          if filledAt == nil { priority.raise() }
          filledAt = MonotonicClock.now()
          program.relieve()
        }
      }
      if let last = filledAt, MonotonicClock.now() &- last > Self.calmTime {
        filledAt = nil
        priority.restore()
      }
    }
  }

  private func settle(_ slot: Int32) {
    guard let sampling = waiting.withLock({ $0?.removeValue(forKey: slot) }) else { return }
    sampling.setPeriod(period)
    // No tick of the usual period can come before this.
    program.hadFirst(slot: slot)
  }
}
