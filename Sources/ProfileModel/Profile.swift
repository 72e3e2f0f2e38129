/// A finished recording: interned tables and samples, with nothing that needs the target, its
/// files or its process any more.
///
/// Tables refer to each other by index: sample → stack → frame → function → string, module.
public struct Profile: Sendable {
  public var target = TargetDescription()
  public var recording = RecordingDescription()
  public var ledger = Ledger()
  public var modules: [Module] = []
  public var functions: [Function] = []
  public var frames: [Frame] = []
  /// A prefix tree: a node's parent always has a smaller index.
  public var stacks: [StackNode] = []
  /// The first is the target; others are descendants of it. Empty stands for the target alone.
  public var processes: [ProcessDescription] = []
  public var threads: [Thread] = []
  /// Ascending in time within each thread.
  public var samples: [Sample] = []

  public init() {}
}

/// What was recorded.
public struct TargetDescription: Sendable, Equatable {
  public var pid: Int32 = 0
  /// The command line, arguments joined by spaces.
  public var command = ""
  /// `3.11.7`; empty if no interpreter was found.
  public var pythonVersion = ""
  /// True where Python ran without a GIL: then `GilState.held` means that a thread was attached to
  /// the interpreter, so that it could run Python code beside others, and `released` that it was not.
  public var isFreeThreaded = false
  public var host = ""
  /// As whom it opened files, of all users that it, or another recorded process, was the one who may read the least:
  /// only what they may read is shown of what is named. Nil if unknown.
  public var reader: Reader?
  /// True where its paths, or another process's, are not those of the machine: it had a root directory of its own.
  public var hasOtherRoot = false

  /// A user with groups.
  public struct Reader: Sendable, Equatable {
    public var user: UInt32
    public var group: UInt32
    /// Supplementary ones.
    public var groups: [UInt32]

    public init(user: UInt32, group: UInt32, groups: [UInt32]) {
      self.user = user
      self.group = group
      self.groups = groups
    }
  }

  public init() {}
}

/// One process of the recording.
public struct ProcessDescription: Sendable, Hashable {
  public var pid: Int32
  /// The command line of the last program that it ran, arguments joined by spaces.
  public var command: String
  /// `3.11.7`; empty if no interpreter was found.
  public var pythonVersion: String

  public init(pid: Int32, command: String = "", pythonVersion: String = "") {
    self.pid = pid
    self.command = command
    self.pythonVersion = pythonVersion
  }
}

/// How it was recorded.
public struct RecordingDescription: Sendable, Equatable {
  /// `hyflame` version that wrote it.
  public var hyflameVersion = ""
  /// Nanoseconds since the Unix epoch at the start.
  public var startTime: Int64 = 0
  /// Nanoseconds from the start to the end of sampling.
  public var duration: Int64 = 0
  /// Asked samples a second of CPU time, per thread.
  public var rate: Int32 = 0
  /// What ticks: `task-clock`, `cycles`; `wall-clock` where memory was read without a stop.
  public var clock = "task-clock"
  /// True where kernel-mode samples were allowed.
  public var privileged = false
  /// True where time off the CPU was recorded.
  public var recordsBlocked = false
  public var kernelVersion = ""
  /// How samples were taken; nil where the recording does not say.
  public var capture: CaptureMode?
  /// True where the recorder started the target itself, so that nothing of its run is missing before.
  public var isLaunched = false
  /// True where the target's own end was the recording's, not a time limit or a signal.
  public var endsWithTarget = false

  /// True for all that a launched command did, from its first instruction to its end: two such
  /// recordings can be compared second by second.
  public var isWholeRun: Bool { isLaunched && endsWithTarget }

  public init() {}
}

/// An ELF file, `[kernel]`, `[vdso]`, or `[anonymous]` executable memory.
public struct Module: Sendable, Hashable {
  public var path: String
  /// Lower-case hex of the GNU build-id note; empty if there is none.
  public var buildID: String

  public init(path: String, buildID: String = "") {
    self.path = path
    self.buildID = buildID
  }

  /// Last component of the path.
  public var name: String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
  }
}

public struct Function: Sendable, Hashable {
  public enum Kind: UInt8, Sendable, CaseIterable {
    case python, native, kernel
  }
  public var kind: Kind
  /// Python: the qualified name. Native: the symbol, demangled, or `module+0xoffset` of the start
  /// of the function when no symbol covers it.
  public var name: String
  /// Source file; empty if unknown.
  public var file: String
  /// First line of the definition; 0 if unknown.
  public var line: Int32
  /// Index in `Profile.modules`; -1 for Python functions.
  public var module: Int32
  /// True for interpreter call glue (`_PyEval_EvalFrameDefault`, vectorcall): folded away unless
  /// asked for.
  public var isPlumbing: Bool

  public init(
    kind: Kind, name: String, file: String = "", line: Int32 = 0, module: Int32 = -1,
    isPlumbing: Bool = false
  ) {
    self.kind = kind
    self.name = name
    self.file = file
    self.line = line
    self.module = module
    self.isPlumbing = isPlumbing
  }
}

public struct Frame: Sendable, Hashable {
  /// Index in `Profile.functions`.
  public var function: Int32
  /// Line being executed; 0 if unknown.
  public var line: Int32
  /// Native: link-time address in its module of one instruction of this frame; 0 for Python.
  public var address: UInt64
  /// True for a call that the compiler inlined into the frame below it.
  public var isInlined: Bool

  public init(function: Int32, line: Int32 = 0, address: UInt64 = 0, isInlined: Bool = false) {
    self.function = function
    self.line = line
    self.address = address
    self.isInlined = isInlined
  }
}

public struct StackNode: Sendable, Hashable {
  /// Index of the caller's node in `Profile.stacks`; -1 at the root.
  public var parent: Int32
  /// Index in `Profile.frames`.
  public var frame: Int32

  public init(parent: Int32, frame: Int32) {
    self.parent = parent
    self.frame = frame
  }
}

public struct Thread: Sendable, Hashable {
  public var pid: Int32
  public var tid: Int32
  /// `threading.Thread.name` if known, else the kernel's name of the thread.
  public var name: String
  /// True if it ever had a Python thread state.
  public var isPython: Bool
  /// Index in `Profile.processes`.
  public var process: Int32

  public init(pid: Int32, tid: Int32, name: String, isPython: Bool, process: Int32 = 0) {
    self.pid = pid
    self.tid = tid
    self.name = name
    self.isPython = isPython
    self.process = process
  }
}
