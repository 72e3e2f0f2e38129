import CLinux
import LinuxIO
import Synchronization

/// How the tracing thread competes for its CPU with the thread that it lets go on.
///
/// While it reads a stopped thread it has the lowest real-time priority: a busy machine must not make
/// that thread wait. But PTRACE_CONT from a CPU that is in use wakes the thread on another, idle one,
/// from which the next stop must wake the tracing thread across CPUs again: that is more than half of a
/// pause. A CPU on which only SCHED_IDLE tasks run counts as idle (kernel/sched/fair.c,
/// select_idle_sibling), so the tracing thread becomes one for the length of that call. The thread then
/// goes on where it stopped, at once, and at its next stop its CPU falls to the tracing thread without
/// any wake-up.
///
/// It is a danger where CPUs are short, as anything else would run before the tracing thread and a
/// stopped thread would wait. So it is done only while a CPU is free, it is given up for some time
/// when a thread waited long, and the other thread raises the priority again if nothing moves.
final class TracerPriority: Sendable {
  /// A wait from which on giving way is judged harmful, nanoseconds. Without it waits are 0.1 ms.
  private static let longWait: UInt64 = 2_000_000
  private static let firstBan: UInt64 = 1_000_000_000
  private static let longestBan: UInt64 = 64_000_000_000
  /// Of giving way without coming back, after which the priority is raised from outside.
  private static let patience: UInt64 = 30_000_000

  /// 0 until the tracing thread has real-time priority.
  private let tid = Atomic<Int32>(0)
  private let isCPUSpare = Atomic<Bool>(false)
  /// When giving way began, nanoseconds of CLOCK_MONOTONIC; 0 while real-time.
  private let gaveWayAt = Atomic<UInt64>(0)
  private let bannedUntil = Atomic<UInt64>(0)
  private let ban = Atomic<UInt64>(firstBan)
  /// Whether the last stop was served after giving way.
  private let gaveWayLast = Atomic<Bool>(false)

  // MARK: The tracing thread's side

  /// Takes real-time priority, where privilege allows it; without, nothing here has any effect.
  func begin() {
    if linux_become_realtime(0) == 0 { tid.store(Int32(linux_gettid()), ordering: .relaxed) }
  }

  /// To be called just before a thread is let go on that waited `nanoseconds` to be noticed.
  func giveWay(afterWaiting nanoseconds: UInt64) {
    guard isCPUSpare.load(ordering: .relaxed), tid.load(ordering: .relaxed) != 0 else {
      return gaveWayLast.store(false, ordering: .relaxed)
    }
    let now = MonotonicClock.now()
    if gaveWayLast.load(ordering: .relaxed), nanoseconds > Self.longWait { banFor(now) }
    let mayGiveWay = now >= bannedUntil.load(ordering: .relaxed)
    gaveWayLast.store(mayGiveWay, ordering: .relaxed)
    guard mayGiveWay else { return }
    gaveWayAt.store(now, ordering: .relaxed)
    _ = linux_become_idle()
  }

  private func banFor(_ now: UInt64) {
    let length = ban.load(ordering: .relaxed)
    bannedUntil.store(now &+ length, ordering: .relaxed)
    ban.store(min(length * 2, Self.longestBan), ordering: .relaxed)
  }

  /// To be called as soon as this thread runs again.
  func takeOver() {
    guard gaveWayAt.load(ordering: .relaxed) != 0 else { return }
    _ = linux_become_realtime(0)
    gaveWayAt.store(0, ordering: .relaxed)
  }

  // MARK: The processing thread's side

  /// Whether the tracing thread waits for its CPU, with no claim to it.
  var isGivingWay: Bool { gaveWayAt.load(ordering: .relaxed) != 0 }

  /// Raises the tracing thread's priority if it could be waiting behind others. It is harmless when it
  /// waits behind the thread that it traces: it only looks for the next stop then.
  func supervise(isCPUSpare: Bool) {
    self.isCPUSpare.store(isCPUSpare, ordering: .relaxed)
    let since = gaveWayAt.load(ordering: .relaxed)
    guard since != 0 else { return }
    if !isCPUSpare || MonotonicClock.now() &- since > Self.patience {
      _ = linux_become_realtime(tid.load(ordering: .relaxed))
    }
  }
}
