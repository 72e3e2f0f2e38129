public import SampleTypes

extension PythonRuntime {
  /// Where the `_gil_runtime_state` lies that `interpreter` uses; nil if it cannot be read.
  ///
  /// A thread that blocks in `futex` (system call 202) with an address in this range waits for the
  /// GIL, or hands it over: the struct holds the condition variable (+32), its mutex (+80) and
  /// those of a forced switch (+120, +168); 8 bytes later in free-threaded builds.
  /// The range does not change during the interpreter's life.
  public func gilStructRange(
    for interpreter: RemoteAddress, memory: inout some RemoteMemory
  ) -> AddressRange? {
    if let offset = layout.runtime.gil {
      return AddressRange(start: address + offset, end: address + offset + layout.gil.size)
    }
    guard let offset = layout.interpreter.gil,
      let gil = memory.pointer(at: interpreter + offset), gil.isPlausiblePointer
    else { return nil }
    return AddressRange(start: gil, end: gil + layout.gil.size)
  }

  /// True if threads run Python code beside each other: a free-threaded build whose GIL is not
  /// enabled. It may be at run time, by `PYTHON_GIL=1` or by an extension module that needs it. Nil
  /// if that cannot be read.
  public func runsWithoutGil(memory: inout some RemoteMemory) -> Bool? {
    guard layout.isFreeThreaded else { return false }
    guard let main = interpreters(memory: &memory).last,
      let gil = gilStructRange(for: main, memory: &memory)
    else { return nil }
    // `enabled`, an int, comes first in these builds (Include/internal/pycore_gil.h).
    return memory.load(UInt32.self, at: gil.start).map { $0 == 0 }
  }

  /// Address of the counter of destroyed code objects, from 3.14 on, nil before: while it stands
  /// still, every address of a code object means the same code object.
  public func codeObjectGenerationAddress(for interpreter: RemoteAddress) -> RemoteAddress? {
    layout.interpreter.codeObjectGeneration.map { interpreter + $0 }
  }
}
