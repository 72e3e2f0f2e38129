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
  /// - Parameter command: what is to be launched, at its gate.
  static func start(
    plan: RecordingPlan, link: TracerLink, prepared: ProcessLink?, command: LaunchedCommand?
  ) throws(RecordingError) -> TracerThread {
    _ = linux_install_wakeup_handler(wakeSignal)
    do {
      return TracerThread(
        thread: try WorkThread {
          if link.mode == .read {
            Poller(plan: plan, link: link).run(prepared, command)
          } else {
            Tracer(plan: plan, link: link).run(prepared, command)
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
