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
        guard let identifier = integer(at: thread.key, memory: &memory),
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
      guard
        let modules = memory.pointer(at: interpreter + layout.interpreter.modules)
          .flatMap({ DictEntries(of: $0, layout: layout, memory: &memory) }),
        let module = modules.value(for: "threading", layout: layout, memory: &memory),
        let dict = memory.pointer(at: module + layout.object.moduleDict)
      else { return nil }
      threadingDicts[interpreter] = dict
    }
    return threadingDicts[interpreter].flatMap {
      DictEntries(of: $0, layout: layout, memory: &memory)
    }
  }

  private func name(of thread: RemoteAddress, memory: inout some RemoteMemory) -> String? {
    InstanceAttributes.read(of: thread, layout: runtime.layout, memory: &memory)
      .flatMap { $0.value(for: "_name", layout: runtime.layout, memory: &memory) }
      .flatMap {
        RawString.capture(at: $0, guess: 64, layout: runtime.layout.unicode, memory: &memory)
      }?
      .decode()
  }

  /// The value of a `PyLongObject` of up to 64 bits: digits of 30 bits, lowest first.
  private func integer(at object: RemoteAddress, memory: inout some RemoteMemory) -> UInt64? {
    let layout = runtime.layout
    guard let tag = memory.word(at: object + layout.object.longTag) else { return nil }
    // From 3.12 on the two low bits are the sign, 2 for negative; before, the count was negative.
    let count = layout.minor >= 12 ? tag >> 3 : tag
    guard count <= 3, layout.minor < 12 || tag & 3 != 2,
      let digits = memory.bytes(at: object + layout.object.longDigits, count: 4 * Int(count))
    else { return nil }
    return digits.withUnsafeBytes { bytes in
      (0..<Int(count)).reduce(0) { value, index in
        value | UInt64(bytes.field(UInt32.self, 4 * index)) << UInt64(30 * index)
      }
    }
  }
}
