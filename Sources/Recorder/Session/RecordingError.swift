public import LinuxIO

/// Why a recording could not start or finish; the command line turns each into a sentence.
public enum RecordingError: Error, Equatable {
  case noSuchProcess(pid: Int32)
  /// Every thread of it has ended, and `parent` has not reaped it yet.
  case hasEnded(pid: Int32, parent: Int32)
  /// It was executing another program whenever it was looked at.
  case executing(pid: Int32)
  /// The process runs, but maps no CPython; `executable` is what it runs.
  case notPython(pid: Int32, executable: String)
  /// A CPython that hyflame does not know, for example `3.16`.
  case unsupportedPython(pid: Int32, version: String)
  /// A CPython whose structures in memory are not those of its version.
  case inconsistentPython(pid: Int32, version: String, contradiction: String)
  /// `paranoid` is `kernel.perf_event_paranoid` where it matters.
  case notPermitted(pid: Int32, call: SystemCall, errno: Int32, paranoid: Int?)
  /// Another process traces it already.
  case alreadyTraced(pid: Int32, tracer: Int32)
  /// Samples inside the kernel were asked for, and the kernel does not take the program.
  case kernelCaptureRefused(errno: Int32)
  /// Not one thread could be sampled within the limit on open files (`RLIMIT_NOFILE`).
  case tooFewFiles(limit: Int)
  case cannotLaunch(command: String, errno: Int32)
  case outputExists(path: String)
  case outputUnwritable(path: String, errno: Int32)
  /// The recording ended without one sample.
  /// `commandStatus` is the wait status of a launched command (wait(2)), nil for an attached process;
  /// `warning` is what else is to be said of it.
  case noSamples(commandStatus: Int32?, warning: String? = nil)
  /// A second Ctrl-C.
  case aborted
  /// A signal asked to stop before anything was attached to or launched.
  case stoppedEarly
  /// The recording needs a thread of its own, and none can be made.
  case noThread(errno: Int32)
  /// The recording was removed, replaced or cut by somebody else while it was written. `rescue` is where what
  /// was sampled is now, nil if it is lost.
  case outputDisturbed(path: String, rescue: String?)
  /// It could be killed while it is traced, and what was asked for takes a tracer; see `SystemCallFilter`.
  case filteredTarget(pid: Int32)
  /// `/proc` is not there.
  case noProcFiles
  /// `/proc` names the processes of another PID namespace; `number` is what this one is called there, nil if it has
  /// no name there.
  case foreignProcFiles(number: Int32?)
  /// A system call that should not fail did.
  case system(call: SystemCall, errno: Int32)
}

extension RecordingError {
  init(_ error: SystemError) { self = .system(call: error.call, errno: error.errno) }
}
