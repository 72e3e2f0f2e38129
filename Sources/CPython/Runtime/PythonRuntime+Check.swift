public import SampleTypes

extension PythonRuntime {
  /// Tests the layout against the target's own cross-references: every thread state names the
  /// interpreter that lists it and its neighbour there, lists end, one names a thread that exists, frames
  /// run code objects, `sys.hexversion` is as found, and from 3.12 on the main interpreter's GIL pointer
  /// leads to its own GIL. Returns the first contradiction, or nil.
  ///
  /// A target that runs meanwhile may contradict itself for a moment: try again before giving up.
  public func check(memory: inout some RemoteMemory) -> RuntimeCheck? {
    do { _ = try checked(memory: &memory) } catch { return error }
    return nil
  }

  /// The same runtime, with the exact version and the type of code objects that its memory tells besides.
  func checked(memory: inout some RemoteMemory) throws(RuntimeCheck) -> PythonRuntime {
    let interpreters = interpreters(memory: &memory)
    guard let main = interpreters.last else { throw .unreadable }
    guard interpreters.count < Self.interpreterLimit else { throw .endlessList }
    for interpreter in interpreters {
      if let failure = checkThreadStates(of: interpreter, memory: &memory) { throw failure }
    }
    if let pointer = layout.interpreter.gil, let embedded = layout.interpreter.embeddedGil,
      memory.pointer(at: main + pointer) != main + embedded
    {
      throw .gilPointer
    }
    let states = threadStates(memory: &memory)
    // From 3.12 on a thread state has no thread yet while the interpreter starts.
    let bound = states.filter { $0.threadID != 0 }
    if !bound.isEmpty, !bound.contains(where: { namesThread($0, memory: &memory) }) {
      throw .noThread
    }
    var runtime = self
    if let told = toldVersion(of: main, memory: &memory) {
      guard (told.major, told.minor) == (version.major, version.minor) else {
        throw .otherVersion
      }
      runtime.version = told
      runtime.versionIsRead = true
    }
    switch runningCodeType(of: states, memory: &memory) {
    case .noCode: throw .noCode
    case .found(let type): runtime.codeType = type
    case .unknown: break
    }
    return runtime
  }

  private func checkThreadStates(
    of interpreter: RemoteAddress, memory: inout some RemoteMemory
  ) -> RuntimeCheck? {
    guard var next = memory.pointer(at: interpreter + layout.interpreter.threadsHead)
    else { return .unreadable }
    var cycle = CycleDetector()
    var last = RemoteAddress.null
    for _ in 0..<Self.threadStateLimit {
      if next.isNull { return nil }
      if cycle.closes(at: next) { return .endlessList }
      guard next.isPlausiblePointer,
        let owner = memory.pointer(at: next + layout.threadState.interpreter),
        let previous = memory.pointer(at: next + layout.threadState.previous),
        let following = memory.pointer(at: next + layout.threadState.next)
      else { return .unreadable }
      guard owner == interpreter else { return .foreignThreadState }
      guard previous == last else { return .brokenLinks }
      (last, next) = (next, following)
    }
    return .endlessList
  }

  /// A thread's control block begins with its own address (`tcbhead_t` of glibc, `struct pthread` of musl:
  /// what `%fs:0` leads to), and a thread state has it as its thread's id.
  private func namesThread(_ state: ThreadState, memory: inout some RemoteMemory) -> Bool {
    let address = RemoteAddress(state.threadID)
    return address.isPlausiblePointer && memory.pointer(at: address) == address
  }

  /// `sys.hexversion`; nil while there is none, as when an interpreter starts.
  private func toldVersion(
    of interpreter: RemoteAddress, memory: inout some RemoteMemory
  ) -> PythonVersion? {
    guard let dict = moduleDict("sys", of: interpreter, memory: &memory),
      let value = DictEntries(of: dict, layout: layout, memory: &memory)?
        .value(for: "hexversion", layout: layout, memory: &memory)
    else { return nil }
    return PythonInteger.read(at: value, layout: layout, memory: &memory)
      .flatMap(PythonVersion.init(hex:))
  }

  /// Asks the interpreter again for the version that it had not set up yet when it was found. Nil while it has
  /// not.
  public func readVersion(memory: inout some RemoteMemory) -> PythonVersion? {
    guard let main = interpreters(memory: &memory).last,
      let told = toldVersion(of: main, memory: &memory)
    else { return nil }
    return (told.major, told.minor) == (version.major, version.minor) ? told : nil
  }

  private enum CodeType {
    /// There are frames, and none of them runs a code object.
    case noCode
    /// No frame could be read: perhaps nothing runs.
    case unknown
    case found(RemoteAddress)
  }

  /// What the type `code` is, by the frames of the first threads that have some.
  private func runningCodeType(
    of states: [ThreadState], memory: inout some RemoteMemory
  ) -> CodeType {
    var answer = CodeType.unknown
    var stack = PythonStack()
    for state in states.prefix(Self.checkedStates) {
      stack.removeAll()
      var reader = ThreadReader(runtime: self, threadState: state)
      guard reader.read(memory: &memory, into: &stack).isValid else { continue }
      for frame in stack.frames.prefix(Self.checkedFrames) {
        answer = .noCode
        guard let type = memory.pointer(at: frame.code + layout.object.type),
          codeType == nil || codeType == type, isCodeType(type, memory: &memory)
        else { continue }
        return .found(type)
      }
    }
    return answer
  }

  private static let checkedStates = 16
  private static let checkedFrames = 16

  private func isCodeType(_ type: RemoteAddress, memory: inout some RemoteMemory) -> Bool {
    guard type.isPlausiblePointer, let name = memory.pointer(at: type + layout.type.name),
      let bytes = memory.bytes(at: name, count: 5)
    else { return false }
    return bytes == Array("code".utf8) + [0]
  }
}
