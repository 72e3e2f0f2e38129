import SampleTypes

extension ThreadReader {
  /// Where the collector of this thread state's interpreter says what it does.
  var collectionRange: AddressRange? {
    let layout = runtime.layout
    if let offset = layout.interpreter.gc {
      return layout.gc.sampleRange(at: threadState.interpreter + offset)
    }
    return layout.runtime.gc.map { layout.gc.sampleRange(at: runtime.address + $0) }
  }

  /// Whether a collection is going on in the interpreter, and the frame that started it where the
  /// version tells. To be asked for the holder of the GIL, which is the collecting thread unless
  /// a finalizer has let the GIL go.
  func collection(memory: inout some RemoteMemory) -> ThreadReading.Collection? {
    guard let range = collectionRange else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: range.count, alignment: 8) { buffer in
      guard memory.copyBytes(at: range.start, into: buffer) == buffer.count else { return nil }
      let bytes = UnsafeRawBufferPointer(buffer)
      guard bytes.field(UInt32.self, 0) == 1 else { return nil }
      let gc = runtime.layout.gc
      return ThreadReading.Collection(
        frame: gc.frame.map { bytes.pointer($0 - gc.collecting) } ?? .null)
    }
  }
}
