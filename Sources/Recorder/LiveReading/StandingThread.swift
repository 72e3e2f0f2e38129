import LinuxIO
import SampleTypes

/// A thread that is off the CPU, as `/proc` shows it: it is not stopped for that, nor woken.
struct StandingThread {
  var place: CallRegisters
  /// Its calls in the kernel, innermost first, as `/proc/PID/task/TID/stack` has them; empty where that
  /// may not be read (it takes CAP_SYS_ADMIN).
  var kernelStack: String

  /// Nil if it is on a CPU, or ready for one, or gone.
  init?(of tid: Int32, in process: ProcFiles) {
    let directory = "/proc/\(process.pid)/task/\(tid)"
    guard let call = ProcFiles.text(directory + "/syscall"),
      let place = CallRegisters(parsing: call[...])
    else { return nil }
    self.place = place
    kernelStack = ProcFiles.text(directory + "/stack") ?? ""
  }

  /// What the scheduler has counted of a thread; nil where it is gone, or the kernel does not count.
  static func times(of tid: Int32, in process: ProcFiles) -> ThreadTimes? {
    ProcFiles.bytes("/proc/\(process.pid)/task/\(tid)/schedstat")
      .flatMap { ThreadTimes(parsing: $0) }
  }
}
