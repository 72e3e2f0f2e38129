public import SampleTypes

/// Reads which asyncio task a thread runs.
public struct TaskReader: Sendable {
  private let runtime: PythonRuntime
  private let places: TaskPlaces
  /// The thread that runs an event loop, by loop (up to 3.13). A loop mostly stays with its thread;
  /// a reader is made anew now and then.
  private var loopThreads: [RemoteAddress: UInt64] = [:]
  private var types: [RemoteAddress: ObjectType] = [:]

  /// What the reader must know of an object's type.
  private struct ObjectType {
    var flags: UInt64
    var basicSize: UInt64
    /// An `async def` function's, or a generator's.
    var isCoroutine: Bool
  }

  /// `Py_TPFLAGS_LONG_SUBCLASS` (Include/object.h).
  private static let longFlag: UInt64 = 1 << 24
  private static let cacheLimit = 1024

  public init(runtime: PythonRuntime, places: TaskPlaces) {
    self.runtime = runtime
    self.places = places
  }

  /// The task that runs on the thread of these thread states; nil if none does.
  public mutating func task(
    of states: [ThreadState], memory: inout some RemoteMemory
  ) -> TaskName? {
    for state in states {
      guard let task = address(of: state, memory: &memory) else { continue }
      let name = name(of: task, memory: &memory)
      // A thread that was not stopped may have ended it meanwhile.
      return memory.livingType(of: task, layout: runtime.layout) == nil ? nil : name
    }
    return nil
  }

  private mutating func address(
    of state: ThreadState, memory: inout some RemoteMemory
  ) -> RemoteAddress? {
    if let field = places.runningTask {
      return memory.pointer(at: state.address + field).flatMap { $0.isPlausiblePointer ? $0 : nil }
    }
    guard let dict = places.currentTasks[state.interpreter],
      let entries = DictEntries(of: dict, layout: runtime.layout, memory: &memory)
    else { return nil }
    for entry in entries.pairs where thread(of: entry.key, memory: &memory) == state.threadID {
      return entry.value
    }
    return nil
  }

  /// `BaseEventLoop._thread_id`, which a running loop has.
  private mutating func thread(
    of loop: RemoteAddress, memory: inout some RemoteMemory
  ) -> UInt64? {
    if let known = loopThreads[loop] { return known }
    let layout = runtime.layout
    guard loopThreads.count < Self.cacheLimit,
      let value = InstanceAttributes.read(of: loop, layout: layout, memory: &memory)?
        .value(for: "_thread_id", layout: layout, memory: &memory),
      let thread = PythonInteger.read(at: value, layout: layout, memory: &memory), thread != 0
    else { return nil }
    loopThreads[loop] = thread
    return thread
  }

  /// What the program calls the task or, if nothing, its coroutine: a server has a task for each request, of
  /// which the numbers say nothing.
  private mutating func name(
    of task: RemoteAddress, memory: inout some RemoteMemory
  ) -> TaskName? {
    let layout = runtime.layout
    guard let type = type(of: task, memory: &memory) else { return nil }
    guard type.basicSize >= UInt64(max(places.name, places.coroutine)) + 8 else {
      // A task written in Python.
      guard let attributes = InstanceAttributes.read(of: task, layout: layout, memory: &memory),
        let name = attributes.value(for: "_name", layout: layout, memory: &memory)
      else { return nil }
      let coroutine = attributes.value(for: "_coro", layout: layout, memory: &memory)
      return text(of: name, coroutine, memory: &memory)
    }
    guard let name = memory.pointer(at: task + places.name) else { return nil }
    return text(of: name, memory.pointer(at: task + places.coroutine), memory: &memory)
  }

  private mutating func text(
    of name: RemoteAddress, _ coroutine: RemoteAddress?, memory: inout some RemoteMemory
  ) -> TaskName? {
    guard let own = self.text(of: name, memory: &memory) else { return nil }
    guard own.isDefault, let coroutine, type(of: coroutine, memory: &memory)?.isCoroutine == true,
      let field = memory.pointer(at: coroutine + runtime.layout.generator.qualifiedName)
    else { return own }
    return string(at: field, memory: &memory) ?? own
  }

  private func string(at object: RemoteAddress, memory: inout some RemoteMemory) -> TaskName? {
    RawString.capture(
      at: object, guess: 64, layout: runtime.layout, type: runtime.stringType, memory: &memory
    ).map { TaskName($0) }
  }

  private mutating func text(
    of name: RemoteAddress, memory: inout some RemoteMemory
  ) -> TaskName? {
    let layout = runtime.layout
    guard let nameType = self.type(of: name, memory: &memory) else { return nil }
    if nameType.flags & Layout.stringFlag != 0 {
      return string(at: name, memory: &memory)
    }
    guard nameType.flags & Self.longFlag != 0 else { return nil }
    return PythonInteger.read(at: name, layout: layout, memory: &memory).map {
      TaskName(number: $0)
    }
  }

  private func isCoroutine(_ type: RemoteAddress, memory: inout some RemoteMemory) -> Bool {
    guard let name = memory.pointer(at: type + runtime.layout.type.name),
      let bytes = memory.bytes(at: name, count: 10)
    else { return false }
    let text = bytes.prefix { $0 != 0 }
    return text.elementsEqual("coroutine".utf8) || text.elementsEqual("generator".utf8)
  }

  private mutating func type(
    of object: RemoteAddress, memory: inout some RemoteMemory
  ) -> ObjectType? {
    let layout = runtime.layout
    guard object.isPlausiblePointer,
      let type = memory.pointer(at: object + layout.object.type), type.isPlausiblePointer
    else { return nil }
    if let known = types[type] { return known }
    guard let flags = memory.word(at: type + layout.type.flags),
      let size = memory.word(at: type + layout.type.basicSize)
    else { return nil }
    let read = ObjectType(
      flags: flags, basicSize: size, isCoroutine: isCoroutine(type, memory: &memory))
    if types.count < Self.cacheLimit { types[type] = read }
    return read
  }
}
