/// What decides about recording one process, as found; no judgement.
public struct TargetFacts: Equatable, Sendable {
  public var pid: Int32
  public var exists = false
  /// Every thread has ended, and the parent has not reaped it.
  public var hasEnded = false
  public var parent: Int32 = 0
  /// Stopped by job control (state T).
  public var isStopped = false
  public var command = ""
  /// What `/proc/PID/exe` points to; nil where we may not know.
  public var executable: String?
  /// Effective user.
  public var user: UInt32?
  /// Who traces it, 0 if nobody.
  public var tracer: Int32 = 0
  public var threads = 0
  /// Its number in its own PID namespace, where that is not ours.
  public var innerPID: Int32?
  /// True where its root directory or its user namespace is not ours.
  public var hasOwnRoot = false
  public var hasOwnUsers = false
  /// The errno of opening its memory map, and of reading its memory; nil where that is allowed.
  public var mapping: Int32?
  public var reading: Int32?
  public var python = Python.none
  public var libraries = Libraries()

  /// The interpreter.
  public enum Python: Equatable, Sendable {
    case none
    case found(Interpreter)
    /// Its memory may not be read, but its files.
    case unread(version: String)
    /// A version that hyflame does not know.
    case unsupported(version: String)
    /// It is starting or ending.
    case notInitialized(version: String)
    /// Its structures are not those of its version: why.
    case inconsistent(version: String, contradiction: String)
  }

  public struct Interpreter: Equatable, Sendable {
    /// `3.11.7`.
    public var version: String
    public var module: String
    /// How the runtime was found: `symbol`, `section`, `cookie` or `pointers`.
    public var origin: String
    /// True where it describes its own structures (3.13 on), false where ours are used.
    public var describesItself: Bool
    /// What it says of its own structures that cannot be, so that ours are used.
    public var refused: String?

    public init(
      version: String, module: String, origin: String, describesItself: Bool,
      refused: String? = nil
    ) {
      self.version = version
      self.module = module
      self.origin = origin
      self.describesItself = describesItself
      self.refused = refused
    }
  }

  /// File names of what is mapped executable.
  public struct Libraries: Equatable, Sendable {
    public var count = 0
    public var unreadable: [String] = []
    public var withoutUnwindInformation: [String] = []
    public var withoutSymbols: [String] = []

    public init() {}
  }

  public init(pid: Int32) { self.pid = pid }
}
