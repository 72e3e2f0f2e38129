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
  }

  /// `Py_TPFLAGS_LONG_SUBCLASS`, `Py_TPFLAGS_UNICODE_SUBCLASS` (Include/object.h).
  private static let longFlag: UInt64 = 1 << 24
  private static let unicodeFlag: UInt64 = 1 << 28
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
      return name(of: task, memory: &memory)
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

  private mutating func name(
    of task: RemoteAddress, memory: inout some RemoteMemory
  ) -> TaskName? {
    let layout = runtime.layout
    guard let type = type(of: task, memory: &memory) else { return nil }
    let name: RemoteAddress?
    if type.basicSize >= UInt64(places.name) + 8 {
      name = memory.pointer(at: task + places.name)
    } else {
      // A task written in Python.
      name = InstanceAttributes.read(of: task, layout: layout, memory: &memory)?
        .value(for: "_name", layout: layout, memory: &memory)
    }
    guard let name, let nameType = self.type(of: name, memory: &memory) else { return nil }
    if nameType.flags & Self.unicodeFlag != 0 {
      return RawString.capture(at: name, guess: 64, layout: layout.unicode, memory: &memory)
        .map { TaskName($0) }
    }
    guard nameType.flags & Self.longFlag != 0 else { return nil }
    return PythonInteger.read(at: name, layout: layout, memory: &memory).map {
      TaskName(number: $0)
    }
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
    let read = ObjectType(flags: flags, basicSize: size)
    if types.count < Self.cacheLimit { types[type] = read }
    return read
  }
}
