public import ProfileModel

/// Everything a recording needs to know before it starts; checked values, no flags.
public struct RecordingPlan: Sendable {
  public enum Target: Sendable, Equatable {
    /// Attach to a running process.
    case attach(pid: Int32)
    /// Launch a command (argv, found through PATH) and record it from its first instruction.
    case launch(command: [String])
  }

  public var target: Target
  /// Nil leaves it to us: in the kernel where that is allowed, else with stops, else by reading.
  public var capture: CaptureMode?
  /// Seconds; nil records until the target ends or a signal asks to stop.
  public var duration: Double?
  /// Samples a second of CPU time, per thread.
  public var rate: Int
  /// Path of the recording to write.
  public var output: String
  /// Replace an existing output.
  public var overwrites: Bool
  /// False reads Python frames only.
  public var recordsNative: Bool
  /// False looks for no interpreter, so that any process can be recorded.
  public var recordsPython: Bool
  /// Ask the servers of `DEBUGINFOD_URLS` for symbols and lines that are not installed.
  public var downloadsDebugFiles = false
  /// False makes one `[kernel]` frame of what the kernel was doing, even where its functions may be
  /// named.
  public var namesKernelFunctions = true
  /// False takes no samples of time off the CPU, where switches tell of it.
  public var recordsOffCPU = true
  /// True adds the running asyncio task to each stack.
  public var recordsTasks: Bool
  /// Gets a newline, and is closed, once sampling has begun; nil for none.
  public var readyDescriptor: Int32?
  /// True records the target's children too, and theirs.
  public var followsChildren = false

  /// Nanoseconds of CPU time between two user ticks of a thread.
  var period: UInt64 { UInt64(1_000_000_000 / max(rate, 1)) }

  public init(
    target: Target, duration: Double? = nil, rate: Int = 100, output: String = "hyflame.data",
    overwrites: Bool = false, recordsNative: Bool = true, recordsPython: Bool = true,
    recordsTasks: Bool = false, capture: CaptureMode? = nil
  ) {
    self.target = target
    self.duration = duration
    self.rate = rate
    self.output = output
    self.overwrites = overwrites
    self.recordsNative = recordsNative
    self.recordsPython = recordsPython
    self.capture = capture
    self.recordsTasks = recordsTasks
  }
}

/// What a progress line can show; handed out a few times a second while recording.
public struct RecordingProgress: Sendable {
  public var pid: Int32 = 0
  /// `python3.11`, or the command's name where no interpreter was found yet.
  public var interpreter = ""
  /// Seconds since sampling began.
  public var elapsed: Double = 0
  public var samples: Int64 = 0
  /// Samples a second of on-CPU time that were really taken.
  public var achievedRate: Double = 0
  public var lost: Int64 = 0
  /// Sentences for the beginning: what this recording will not show.
  public var notices: [String] = []
  /// Share of on-CPU samples that held the GIL, 0...1.
  public var gilHeldShare: Double = 0
  /// The launched command, whose end alone is waited for: the recording is over, and written.
  public var awaitedCommand: Int32?

  public init() {}
}

/// How a recording ended.
public struct RecordingSummary: Sendable {
  public enum End: Sendable, Equatable {
    /// `-d` ran out.
    case duration
    /// SIGINT, SIGTERM or SIGHUP asked to stop.
    case signal
    /// The attached target ended by itself.
    case targetEnded
    /// The launched command ended, with this wait status (wait(2)).
    case commandEnded(waitStatus: Int32)
  }

  public var end: End
  public var progress: RecordingProgress
  public var threads: Int
  /// Threads that have samples.
  public var sampledThreads: Int
  /// Processes that were recorded: more than one only where children are followed.
  public var processes: Int
  /// Processes that have samples.
  public var sampledProcesses: Int
  public var quality: RecordingQuality
  /// Sentences that a user must read: what was hidden, what fell back.
  public var notes: [String]
  /// What must be known before the recording is of any use.
  public var warning: String?

  public init(
    end: End, progress: RecordingProgress, threads: Int, sampledThreads: Int? = nil,
    processes: Int = 1, sampledProcesses: Int? = nil,
    quality: RecordingQuality = RecordingQuality(), notes: [String],
    warning: String? = nil
  ) {
    self.end = end
    self.progress = progress
    self.threads = threads
    self.sampledThreads = sampledThreads ?? threads
    self.processes = processes
    self.sampledProcesses = sampledProcesses ?? processes
    self.quality = quality
    self.notes = notes
    self.warning = warning
  }
}
