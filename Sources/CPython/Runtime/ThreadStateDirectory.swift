public import SampleTypes

/// Which thread states each thread of the target has, and a cheap way to tell that it may have
/// others by now.
public struct ThreadStateDirectory: Sendable {
  public let runtime: PythonRuntime
  /// By thread id (`ThreadState.threadID`), one an interpreter.
  public private(set) var byThread: [UInt64: [ThreadState]] = [:]
  /// Those of sub-interpreters, where one may run on another thread than its id says.
  private(set) var wanderers: [ThreadState] = []
  /// The thread id of the main interpreter's first thread state.
  private(set) var mainThread: UInt64?
  /// Counts the times that `byThread` was made.
  public private(set) var listing = 0
  /// Words that change when a thread state is made anywhere (`PythonRuntime.threadsHeadAddresses`):
  /// while they do not, a thread without one still has none.
  public private(set) var heads: [RemoteAddress] = []
  /// Words that change when a thread that has a thread state may have got another.
  public private(set) var watched: [RemoteAddress] = []
  private var headsHash: UInt64 = 0
  private var watchedHash: UInt64 = 0
  private static let unboundLimit = 8

  public init(runtime: PythonRuntime, memory: inout some RemoteMemory) {
    self.runtime = runtime
    relist(memory: &memory)
  }

  /// Lists again if a thread may have got another thread state.
  public mutating func refresh(memory: inout some RemoteMemory) {
    if Self.hash(of: watched, memory: &memory) != watchedHash { relist(memory: &memory) }
  }

  /// Lists every thread state.
  public mutating func relist(memory: inout some RemoteMemory) {
    heads = runtime.threadsHeadAddresses(memory: &memory)
    headsHash = Self.hash(of: heads, memory: &memory)
    // With one interpreter a thread gets a second thread state in a new one only.
    watched = heads.count > 2 ? heads : Array(heads.prefix(1))
    let states = runtime.threadStates(memory: &memory)
    byThread = ThreadState.byThread(states)
    // A new one has its creator's id up to 3.11, later none: it will be another thread's soon.
    let unbound = states.lazy.filter { [byThread] in byThread[$0.threadID]?.contains($0) != true }
      .prefix(Self.unboundLimit)
    let field = runtime.layout.threadState.threadID
    watched += unbound.map { $0.address + field }
    watchedHash = Self.hash(of: watched, memory: &memory)
    mainThread = states.last?.threadID
    wanderers =
      runtime.layout.statesWander
      ? states.filter { $0.interpreter != states.last?.interpreter } : []
    listing &+= 1
  }

  /// True if the threads of some thread states must be asked for at each instant.
  public var hasWanderers: Bool { !wanderers.isEmpty }

  /// The words that tell which thread runs a wanderer, up to a limit.
  public var wanderersHeads: some Sequence<RemoteAddress> {
    let layout = runtime.layout.threadState
    let field = layout.cframe ?? layout.frame ?? 0
    return wanderers.lazy.prefix(Self.unboundLimit).map { $0.address + field }
  }

  /// True if no thread state was made since the last listing.
  public func isCurrent(memory: inout some RemoteMemory) -> Bool {
    currentHeads(memory: &memory) == headsHash
  }

  /// A hash of the words `heads`.
  public func currentHeads(memory: inout some RemoteMemory) -> UInt64 {
    Self.hash(of: heads, memory: &memory)
  }

  private static func hash(
    of words: [RemoteAddress], memory: inout some RemoteMemory
  ) -> UInt64 {
    // FNV-1a, a word at a time.
    words.reduce(14_695_981_039_346_656_037) { hash, word in
      (hash ^ (memory.word(at: word) ?? 0)) &* 1_099_511_628_211
    }
  }
}
