import CLinux
import Glibc
import ProfileModel

/// The pthread on which a `Tracer` lives, or a `Poller`.
struct TracerThread {
  private let thread: pthread_t

  /// Interrupts the tracing thread's wait. Its default action would end the process, so a handler is
  /// installed; nothing else sends it.
  private static let wakeSignal = SIGUSR2

  static func start(
    plan: RecordingPlan, link: TracerLink, prepared: ProcessLink?
  ) -> TracerThread {
    _ = linux_install_wakeup_handler(wakeSignal)
    let box = Unmanaged.passRetained(Start(plan: plan, link: link, prepared: prepared))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        // Whoever started hyflame may have had it blocked: masks survive fork and exec.
        linux_unblock_signal(TracerThread.wakeSignal)
        if start.link.way == .read {
          Poller(plan: start.plan, link: start.link).run(start.prepared)
        } else {
          Tracer(plan: start.plan, link: start.link).run(start.prepared)
        }
        return nil
      }, box.toOpaque())
    precondition(result == 0, "pthread_create")
    return TracerThread(thread: thread)
  }

  /// Makes a blocking call of the tracing thread return early. May come too early to be noticed:
  /// repeat it.
  func wake() { pthread_kill(thread, Self.wakeSignal) }

  func join() { pthread_join(thread, nil) }

  private final class Start {
    let plan: RecordingPlan
    let link: TracerLink
    let prepared: ProcessLink?

    init(plan: RecordingPlan, link: TracerLink, prepared: ProcessLink?) {
      self.plan = plan
      self.link = link
      self.prepared = prepared
    }
  }
}
