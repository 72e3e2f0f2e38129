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
  private let mappings: TargetMappings
  let assembler: SampleAssembler
  let live: LiveProgram
  let kernel: KernelSampler
  /// Nil where threads are stopped for their samples.
  let ticks: TickSampler?
  let jit: JitNaming
  /// Nil until the interpreter is found.
  private(set) var runtime: PythonRuntime?
  /// The modules among which no interpreter was found.
  private var fruitlessGeneration: UInt32?

  var process: ProcFiles { mappings.process }
  var modules: ModuleTable { mappings.modules }

  /// False once the process is known to have no interpreter that can be read.
  var mayHavePython = true {
    didSet { live.expectsPython = mayHavePython }
  }

  /// Nil where nothing can be known of it: see `TargetMappings`.
  init?(of link: ProcessLink, context: ImageContext, forkedFrom parent: ProgramImage? = nil) {
    let mappings = TargetMappings(
      of: link.pid, files: context.files, forkedFrom: parent?.mappings)
    guard let mappings else { return nil }
    self.mappings = mappings
    jit = JitNaming(writer: context.writer, mappings: mappings)
    assembler = SampleAssembler(
      writer: context.writer, mappings: mappings, memory: mappings.memory,
      sources: context.sources, jit: jit, recordsNative: context.plan.recordsNative)
    live = LiveProgram(mappings, assembler: assembler, kernelFrames: context.kernelFrames)
    ticks = context.tickProgram.map { [live] in
      TickSampler(
        program: $0, of: link, startOfStack: mappings.firstStartOfStack, plan: context.plan,
        live: live)
    }
    kernel = KernelSampler(live, ticks: ticks, queue: context.queue)
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
  func refresh() -> Bool { mappings.refresh() }

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
  var isCurrent: Bool { mappings.isCurrent }

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
      live.expectsPython = error != .notFound
      live.lookedInVain = began
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
    live.reader = UnstoppedReader(process: process, runtime: found)
  }

  func taskPlaces(of runtime: PythonRuntime) -> TaskPlaces {
    var symbols = modules
    var memory = assembler.memory
    return TaskPlaces.locate(runtime, symbols: &symbols, memory: &memory)
  }
}
