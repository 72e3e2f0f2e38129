import CPython
import LinuxIO
import PerfEvents
import RecordingFile
import RemoteProcess
import SampleTypes
import StackMerging
import Symbols

/// One program in the target's memory: its mappings, its code, its interpreter. An exec begins a new
/// one.
final class ProgramImage {
  let process: ProcFiles
  let modules: ModuleTable
  let assembler: SampleAssembler
  let kernel: KernelSampler
  /// Nil where threads are stopped for their samples.
  let ticks: TickSampler?
  let jit: JitNaming
  /// Nil until the interpreter is found.
  private(set) var runtime: PythonRuntime?
  private var map: MemoryMap
  private let startOfStack: UInt64
  private var refreshedAt: UInt64 = 0
  /// The modules among which no interpreter was found.
  private var fruitlessGeneration: UInt32?
  /// Nanoseconds that a memory map may be old before it is read again.
  private static let refreshInterval: UInt64 = 5_000_000

  /// False once the process is known to have no interpreter that can be read.
  var mayHavePython = true {
    didSet { kernel.expectsPython = mayHavePython }
  }

  /// Nil if the memory map cannot be read: the process is gone, or not ours to look at. A forked process
  /// may be gone, as it had what its parent has.
  init?(of link: ProcessLink, context: ImageContext, forkedFrom parent: ProgramImage? = nil) {
    process = ProcFiles(pid: link.pid)
    if let text = process.maps(), !text.isEmpty {
      map = MemoryMap(parsing: text)
    } else if let parent {
      map = parent.map
    } else {
      return nil
    }
    let memory = ProcessMemory(pid: link.pid)
    modules = ModuleTable(
      map, processID: process.livingThread() ?? link.pid, files: context.files,
      readMemory: Self.reader(memory))
    jit = JitNaming(writer: context.writer, process: process)
    assembler = SampleAssembler(
      writer: context.writer, modules: modules, memory: memory, sources: context.sources, jit: jit,
      recordsNative: context.plan.recordsNative)
    kernel = KernelSampler(
      assembler: assembler, period: context.plan.period, kernelFrames: context.kernelFrames,
      append: context.append)
    startOfStack = process.startOfStack() ?? parent?.startOfStack ?? 0
    ticks = context.tickProgram.map { [assembler, kernel, startOfStack] in
      TickSampler(
        program: $0, of: link, startOfStack: startOfStack, plan: context.plan,
        assembler: assembler, kernel: kernel)
    }
    kernel.stackEnd = { [unowned self] in stackEnd($0) }
    jit.dumpPath = { [unowned self] in
      _ = refresh()
      return jitDumpPath
    }
    assembler.refreshModules = { [unowned self] in refresh() }
    // Short programs have ended by then.
    assembler.startOfStack = { [process, startOfStack] in process.startOfStack() ?? startOfStack }
    if let parent { becomeCopy(of: parent) } else { ticks?.begin(nil) }
  }

  private func becomeCopy(of parent: ProgramImage) {
    if let ticks, let others = parent.ticks { ticks.begin(asCopyOf: others) }
    guard let runtime = parent.runtime else { return }
    use(runtime)
    assembler.codes = parent.assembler.codes?.fork()
    assembler.knowsCollectors = parent.assembler.knowsCollectors
  }

  /// Reads the memory map again, unless it was read just now; false if nothing is new.
  func refresh() -> Bool {
    let now = MonotonicClock.now()
    guard now &- refreshedAt > Self.refreshInterval, let text = process.maps(), !text.isEmpty
    else { return false }
    refreshedAt = now
    let before = modules.generation
    map = MemoryMap(parsing: text)
    modules.processID = process.livingThread() ?? process.pid
    modules.update(map, readMemory: Self.reader(assembler.memory))
    return modules.generation != before
  }

  /// The version as the interpreter has set it up by now; nil if it has not, or is known already.
  func readVersion() -> PythonVersion? {
    guard let found = runtime, !found.versionIsRead else { return nil }
    var memory = assembler.memory
    guard let version = found.readVersion(memory: &memory) else { return nil }
    runtime?.version = version
    runtime?.versionIsRead = true
    return version
  }

  /// False where the process has executed another program since.
  var isCurrent: Bool { process.startOfStack().map { $0 == startOfStack } ?? true }

  /// False while the interpreter is known, or was looked for in vain among the modules of now.
  var isWorthLocating: Bool { runtime == nil && fruitlessGeneration != modules.generation }

  /// Finds the interpreter.
  func locate() throws(RuntimeError) -> PythonRuntime {
    var symbols = modules
    var memory = assembler.memory
    let found: PythonRuntime
    let began = MonotonicClock.now()
    do { found = try RuntimeLocator.locate(symbols: &symbols, memory: &memory) } catch {
      if case .notFound = error { fruitlessGeneration = modules.generation }
      kernel.expectsPython = error != .notFound
      kernel.lookedInVain = began
      throw error
    }
    use(found)
    ticks?.begin(found)
    assembler.codes = CodeObjectTable(runtime: found)
    assembler.knowsCollectors = InterpreterFunction.collectors.contains { name in
      ["", ".constprop.0", ".isra.0", ".lto_priv.0"].contains {
        symbols.symbol(named: name + $0, in: found.module) != nil
      }
    }
    return found
  }

  private func use(_ found: PythonRuntime) {
    runtime = found
    assembler.interner.interpreterModule = found.module.path
    // The variable that switches the JIT on is known to builds that have one.
    assembler.interpreterHasJIT =
      found.version.minor >= 13
      && modules.constants(of: found.module, contain: "PYTHON_JIT")
    kernel.reader = UnstoppedReader(process: process, runtime: found)
  }

  /// Whoever writes a jitdump maps a page of it executable, so that it can be found.
  private var jitDumpPath: String? {
    map.mappings.last {
      $0.isExecutable && $0.isFile && $0.path.hasSuffix(".dump") && $0.path.contains("/jit-")
    }?.path
  }

  func taskPlaces(of runtime: PythonRuntime) -> TaskPlaces {
    var symbols = modules
    var memory = assembler.memory
    return TaskPlaces.locate(runtime, symbols: &symbols, memory: &memory)
  }

  /// The end of the mapping that holds a stack address; a new thread's stack may be newer than the map.
  private func stackEnd(_ address: UInt64) -> UInt64? {
    let address = RemoteAddress(address)
    if let known = map.mapping(containing: address) { return known.range.end.rawValue }
    _ = refresh()
    return map.mapping(containing: address)?.range.end.rawValue
  }

  private static func reader(_ memory: ProcessMemory) -> (AddressRange) -> [UInt8]? {
    { range in
      var memory = memory
      return memory.bytes(at: range.start, count: range.count)
    }
  }
}
