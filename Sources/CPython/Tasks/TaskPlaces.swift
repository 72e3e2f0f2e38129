public import SampleTypes

/// Where the interpreters of a process keep what asyncio runs.
public struct TaskPlaces: Hashable, Sendable {
  /// `tstate.asyncio_running_task`, from 3.14 on.
  var runningTask: Int?
  /// `task_name` in a task of `_asyncio`.
  var name: Int
  /// `task_coro` there.
  var coroutine: Int
  /// Up to 3.13 `asyncio.tasks._current_tasks`, a dict from loop to task, by interpreter.
  var currentTasks: [RemoteAddress: RemoteAddress] = [:]

  /// Looks for them. They may appear later, when the program imports asyncio.
  public static func locate(
    _ runtime: PythonRuntime, symbols: inout some SymbolLookup, memory: inout some RemoteMemory
  ) -> TaskPlaces {
    var places = TaskPlaces(
      runningTask: runtime.layout.threadState.runningTask, name: runtime.layout.task.name,
      coroutine: runtime.layout.task.coroutine)
    guard places.runningTask == nil else {
      places.refine(runtime, symbols: &symbols)
      return places
    }
    for interpreter in runtime.interpreters(memory: &memory) {
      places.currentTasks[interpreter] = runtime.moduleDict(
        "asyncio.tasks", of: interpreter, memory: &memory
      )
      .flatMap { DictEntries(of: $0, layout: runtime.layout, memory: &memory) }
      .flatMap { $0.value(for: "_current_tasks", layout: runtime.layout, memory: &memory) }
    }
    return places
  }

  /// From 3.14 on `_asyncio` describes itself in a section of its own, of 64-bit words
  /// (`Py_AsyncioModuleDebugOffsets`); it is built into some interpreters.
  private mutating func refine(_ runtime: PythonRuntime, symbols: inout some SymbolLookup) {
    for module in symbols.modules where module == runtime.module || module.name.contains("_asyncio")
    {
      guard let section = symbols.section(named: ".AsyncioDebug", in: module),
        let bytes = symbols.fileBytes(at: section.start, count: 13 * 8, in: module),
        bytes.count == 13 * 8
      else { continue }
      let words = bytes.withUnsafeBytes { table in (0..<13).map { table.word(8 * $0) } }
      guard let running = Self.plausible(words[11], measured: runningTask ?? 0),
        let name = Self.plausible(words[1], measured: name),
        let coroutine = Self.plausible(words[5], measured: coroutine)
      else { return }
      (runningTask, self.name, self.coroutine) = (running, name, coroutine)
    }
  }

  private static func plausible(_ value: UInt64, measured: Int) -> Int? {
    guard value < 1 << 16, value % 8 == 0 else { return nil }
    return abs(Int(value) - measured) <= 64 + measured / 2 ? Int(value) : nil
  }
}
