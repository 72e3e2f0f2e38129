import LinuxIO

/// One process of the target, as the tracing thread keeps it.
final class TracedProcess {
  let files: ProcFiles
  let link: ProcessLink
  /// What stops threads that are made while recording. Their own masks do not tell: pthread_create
  /// blocks every signal in a new thread until it is set up (glibc, nptl/pthread_create.c).
  var usualSignal: Int32?
  /// Signals that the process was ever seen to handle. One that comes and goes is its own all the time.
  var caughtSignals: UInt64 = 0
  /// Whether the kernel sends the signals of events to its threads.
  private(set) lazy var maySignal = SignalPermission.isGranted(for: files)
  /// True for a vfork child: it runs in its parent's memory until it executes another program, and is
  /// sampled from then on.
  var awaitsExec = false
  /// Takes its samples, where threads are stopped for them. An exec begins a new one.
  private(set) lazy var sampler = makeSampler()
  private let makeSampler: () -> StopSampler

  var pid: Int32 { link.pid }

  init(_ link: ProcessLink, makeSampler: @escaping () -> StopSampler) {
    self.link = link
    self.makeSampler = makeSampler
    files = ProcFiles(pid: link.pid)
  }

  /// It runs another program from now on.
  func beginImage() {
    sampler = makeSampler()
    // It may have become another user.
    maySignal = SignalPermission.isGranted(for: files)
  }
}
