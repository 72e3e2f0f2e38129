import SampleTypes

extension PythonRuntime {
  /// The `__dict__` of an imported module; reads all of `sys.modules`, so the answer is worth keeping.
  func moduleDict(
    _ name: StaticString, of interpreter: RemoteAddress, memory: inout some RemoteMemory
  ) -> RemoteAddress? {
    guard
      let modules = memory.pointer(at: interpreter + layout.interpreter.modules)
        .flatMap({ DictEntries(of: $0, layout: layout, memory: &memory) }),
      let module = modules.value(for: name, layout: layout, memory: &memory)
    else { return nil }
    return memory.pointer(at: module + layout.object.moduleDict)
  }
}
