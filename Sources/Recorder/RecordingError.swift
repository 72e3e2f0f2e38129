/// Why a recording could not start or finish; the command line turns each into a sentence.
public enum RecordingError: Error, Equatable {
  case noSuchProcess(pid: Int32)
  /// The process runs, but maps no CPython; `executable` is what it runs.
  case notPython(pid: Int32, executable: String)
  /// A CPython that hyflame does not know, for example `3.16`.
  case unsupportedPython(pid: Int32, version: String)
  /// A CPython whose structures in memory are not those of its version.
  case inconsistentPython(pid: Int32, version: String, contradiction: String)
  /// `operation` is `ptrace`, `perf_event_open`…; `paranoid` is `kernel.perf_event_paranoid` where it
  /// matters.
  case notPermitted(pid: Int32, operation: String, errno: Int32, paranoid: Int?)
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
  /// `commandStatus` is the wait status of a launched command (wait(2)), nil for an attached process.
  case noSamples(commandStatus: Int32?)
  /// A second Ctrl-C.
  case aborted
  /// A system call that should not fail did.
  case system(operation: String, errno: Int32)
}
