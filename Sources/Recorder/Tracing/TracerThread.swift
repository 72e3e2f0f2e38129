import CLinux
import Glibc
import LinuxIO
import ProfileModel
import RemoteProcess

/// The pthread on which a `Tracer` lives, or a `Poller`.
struct TracerThread {
  private let thread: WorkThread

  /// Interrupts the tracing thread's wait. Its default action would end the process, so a handler is
  /// installed; nothing else sends it.
  private static let wakeSignal = SIGUSR2

  /// - Parameter prepared: what is known already of the process to attach to.
  static func start(
    plan: RecordingPlan, life: TargetLife, link: TracerLink, prepared: ProcessLink?
  ) throws(RecordingError) -> TracerThread {
    _ = linux_install_wakeup_handler(wakeSignal)
    do {
      return TracerThread(
        thread: try WorkThread {
          if link.mode == .read {
            Poller(plan: plan, life: life, link: link).run(prepared)
          } else {
            Tracer(plan: plan, life: life, link: link).run(prepared)
          }
        })
    } catch {
      throw .noThread(errno: error.errno)
    }
  }

  /// Makes a blocking call of the tracing thread return early. May come too early to be noticed:
  /// repeat it.
  func wake() { thread.signal(Self.wakeSignal) }

  func join() { thread.join() }
}
