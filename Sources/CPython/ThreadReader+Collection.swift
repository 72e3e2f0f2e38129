public import SampleTypes

extension PythonRuntime {
  /// The words in which the collectors of the interpreters say what they do.
  public func collectionWords(memory: inout some RemoteMemory) -> [RemoteAddress] {
    interpreters(memory: &memory).flatMap { interpreter in
      guard let state = collector(of: interpreter) else { return [RemoteAddress]() }
      return [state + layout.gc.collecting] + (layout.gc.frame.map { [state + $0] } ?? [])
    }
  }

  /// Its `_gc_runtime_state`.
  func collector(of interpreter: RemoteAddress) -> RemoteAddress? {
    if let offset = layout.interpreter.gc { return interpreter + offset }
    return layout.runtime.gc.map { address + $0 }
  }
}

extension ThreadReader {
  /// Where the collector of this thread state's interpreter says what it does.
  var collectionRange: AddressRange? {
    let gc = runtime.layout.gc
    guard let state = runtime.collector(of: threadState.interpreter) else { return nil }
    let start = state + gc.collecting
    return AddressRange(start: start, end: gc.frame.map { state + $0 + 8 } ?? start + 8)
  }

  /// Whether a collection is going on in the interpreter, and the frame that started it where the
  /// version tells. To be asked for the holder of the GIL, which is the collecting thread unless
  /// a finalizer has let the GIL go.
  func collection(memory: inout some RemoteMemory) -> ThreadReading.Collection? {
    let gc = runtime.layout.gc
    guard let state = runtime.collector(of: threadState.interpreter),
      memory.load(UInt32.self, at: state + gc.collecting) == 1
    else { return nil }
    let frame = gc.frame.flatMap { memory.pointer(at: state + $0) }
    return ThreadReading.Collection(frame: frame ?? .null)
  }
}
