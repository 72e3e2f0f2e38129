public import SampleTypes

/// Reads what a program calls its threads: `threading._active`, from thread id to
/// `threading.Thread.name`.
public struct ThreadNames: Sendable {
  let runtime: PythonRuntime
  /// `threading.__dict__` of each interpreter: finding it means reading all of `sys.modules`.
  private var threadingDicts: [RemoteAddress: RemoteAddress] = [:]

  public init(runtime: PythonRuntime) { self.runtime = runtime }

  /// The names of the threads that `threading` knows, by `ThreadState.threadID`; empty if the
  /// program has not imported it. What a running target changes meanwhile is left out.
  public mutating func read(memory: inout some RemoteMemory) -> [UInt64: String] {
    var names: [UInt64: String] = [:]
    for interpreter in runtime.interpreters(memory: &memory) {
      guard let threading = threadingDict(of: interpreter, memory: &memory),
        let active = threading.value(for: "_active", layout: runtime.layout, memory: &memory),
        let threads = DictEntries(of: active, layout: runtime.layout, memory: &memory)
      else { continue }
      for thread in threads.pairs {
        guard
          let identifier = PythonInteger.read(
            at: thread.key, layout: runtime.layout, memory: &memory),
          let name = name(of: thread.value, memory: &memory)
        else { continue }
        names[identifier] = name
      }
    }
    return names
  }

  private mutating func threadingDict(
    of interpreter: RemoteAddress, memory: inout some RemoteMemory
  ) -> DictEntries? {
    let layout = runtime.layout
    if threadingDicts[interpreter] == nil {
      threadingDicts[interpreter] = runtime.moduleDict(
        "threading", of: interpreter, memory: &memory)
    }
    return threadingDicts[interpreter].flatMap {
      DictEntries(of: $0, layout: layout, memory: &memory)
    }
  }

  /// Nil for a thread that is freed, before or after its name was read.
  private func name(of thread: RemoteAddress, memory: inout some RemoteMemory) -> String? {
    guard let type = memory.livingType(of: thread, layout: runtime.layout),
      let name = attribute(of: thread, memory: &memory),
      memory.livingType(of: thread, layout: runtime.layout) == type
    else { return nil }
    return name
  }

  private func attribute(of thread: RemoteAddress, memory: inout some RemoteMemory) -> String? {
    InstanceAttributes.read(of: thread, layout: runtime.layout, memory: &memory)
      .flatMap { $0.value(for: "_name", layout: runtime.layout, memory: &memory) }
      .flatMap {
        RawString.capture(
          at: $0, guess: 64, layout: runtime.layout, type: runtime.stringType, memory: &memory)
      }?
      .decode()
  }
}
