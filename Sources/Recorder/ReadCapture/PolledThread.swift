import CPython
import LinuxIO
import SampleTypes

/// One thread of the target, as a `Poller` keeps it.
final class PolledThread {
  let sampling: ThreadSampling
  var account: CPUAccount
  /// Set while it has not run since it was found off the CPU.
  var absence: Absence?
  private let times: ProcFile
  private let call: ProcFile

  /// Time off the CPU, of which a sample is made when it ends.
  struct Absence {
    var times: ThreadTimes
    /// When it was met first, nanoseconds of CLOCK_MONOTONIC, and what the looks that met it stand for.
    var start: UInt64
    var weight: UInt64
    var gil: GilState
    /// Nil where the thread has no Python state.
    var stack: PythonStack?
  }

  /// Nil if the thread is gone, or may not be looked at.
  init?(of number: Int32, _ process: ProcFiles, tid: Int32, slot: Int32) {
    let directory = "/proc/\(process.pid)/task/\(tid)"
    guard let times = ProcFile(directory + "/schedstat"),
      let call = ProcFile(directory + "/syscall"),
      let first = times.read({ ThreadTimes(parsing: $0) }),
      // A process's first thread stays as a zombie while others go on.
      process.state(tid: tid) != "Z"
    else { return nil }
    self.times = times
    self.call = call
    sampling = ThreadSampling(slot: slot, process: number, tid: tid)
    account = CPUAccount(running: first.running)
  }

  /// Nil once the thread is gone.
  func readTimes() -> ThreadTimes? { times.read { ThreadTimes(parsing: $0) } }

  /// Nil once the thread is gone.
  func readCall() -> ThreadCall? {
    call.read { ThreadCall(parsing: String(decoding: $0, as: UTF8.self)[...]) }
  }
}
