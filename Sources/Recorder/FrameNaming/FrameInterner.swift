import CPython
import ProfileModel
import RecordingFile
import SampleTypes
import StackMerging
import Symbols

/// Turns addresses into frames of the recording, once per distinct address or code position.
final class FrameInterner {
  /// What is known of a native address without naming its frame.
  struct NativeCode {
    var module: Int32
    var function: Int32
    var description: Function
    /// Link-time address.
    var address: UInt64
    var isEvalLoop: Bool
    var isCollector = false
    /// The first frame of a stack that a library made: what lies outside of it is another's.
    var startsStack = false
    var hasSymbol: Bool
    var functionStart: FunctionStart
    /// Where lines are to be found; nil if nowhere.
    var build: SourceNaming.Build?
    var frame: Int32 = -1
  }

  struct FunctionStart: Hashable {
    var module: Int
    var start: UInt64
  }

  private let writer: RecordingWriter
  private let modules: ModuleTable
  private let sources: SourceNaming
  private let jit: JitNaming
  private var generation: UInt32 = 0
  private var natives: [UInt64: NativeCode] = [:]
  private var nativeModules: [Int: KnownModule] = [:]
  /// Functions that hosted an activation key though their symbol does not say what they are: the
  /// eval loop of a stripped interpreter, or the `.cold` part of one.
  private var evalLoops: Set<FunctionStart> = []
  private var votes: [Vote: Int] = [:]
  private var pythons: [PythonPosition: Int32] = [:]
  private var tasks: [TaskName: Int32] = [:]
  /// What was looked up may be looked up again: these are caches, of 30 MB at most.
  private static let mostNatives = 1 << 17
  private static let mostPythons = 1 << 18
  private static let mostModules = 4096
  private static let mostVotes = 1 << 12
  /// As many as `PythonSampler` numbers.
  private static let mostTasks = 16_384
  private lazy var anonymousModule = writer.add(module: Module(path: "[anonymous]"))

  private struct KnownModule {
    var index: Int32
    var build: SourceNaming.Build?
  }

  private struct PythonPosition: Hashable {
    var code: Int32
    var offset: Int32
  }

  init(writer: RecordingWriter, modules: ModuleTable, sources: SourceNaming, jit: JitNaming) {
    self.writer = writer
    self.jit = jit
    self.sources = sources
    self.modules = modules
  }

  /// Describes the code at a frame's lookup address.
  func native(at address: UInt64) -> NativeCode {
    if generation != modules.generation {
      natives.removeAll(keepingCapacity: true)
      generation = modules.generation
    }
    if let known = natives[address] { return known }
    let code = describe(address)
    remember(code, at: address)
    return code
  }

  private func remember(_ code: NativeCode, at address: UInt64) {
    if natives.count >= Self.mostNatives { natives.removeAll(keepingCapacity: true) }
    natives[address] = code
  }

  /// The frame of native code. One per function, because every instruction of a hot loop would
  /// otherwise be a frame of its own; but one per address where that tells the line.
  func frame(of address: UInt64) -> Int32 {
    var code = native(at: address)
    if code.frame >= 0 { return code.frame }
    if code.functionStart.module < 0 {
      code.frame = jit.frame(of: code.function, address: address, module: code.module)
    } else if let build = code.build {
      code.frame = sources.frame(
        of: code.description, index: code.function, address: code.address,
        start: code.functionStart.start, in: build)
    } else {
      code.frame = writer.add(
        frame: Frame(function: code.function, address: code.functionStart.start))
    }
    remember(code, at: address)
    return code.frame
  }

  /// Tells that the function of `address`, which has no symbol, hosted an activation key at this
  /// distance below its CFA. The distance is a constant of an eval loop: enough equal votes and the
  /// function is one. What has a symbol needs no votes.
  func voteForEvalLoop(at address: UInt64, distance: UInt64) {
    let code = native(at: address)
    guard !code.hasSymbol else { return }
    let vote = Vote(function: code.functionStart, distance: distance)
    if votes.count >= Self.mostVotes { votes.removeAll() }
    votes[vote, default: 0] += 1
    guard votes[vote]! >= Self.votesNeeded, evalLoops.insert(code.functionStart).inserted else {
      return
    }
    natives.removeAll(keepingCapacity: true)
  }

  private static let votesNeeded = 3

  private struct Vote: Hashable {
    var function: FunctionStart
    var distance: UInt64
  }

  /// The frame of a Python code object at an instruction. `code` is the caller's number of the code
  /// object, never reused.
  func frame(of object: CodeObject, code: Int32, offset: Int32) -> Int32 {
    let position = PythonPosition(code: code, offset: offset)
    if let known = pythons[position] { return known }
    let function = writer.add(
      function: Function(
        kind: .python, name: object.qualifiedName, file: object.fileName, line: object.firstLine))
    let line = object.line(atByteOffset: offset) ?? object.firstLine
    let frame = writer.add(frame: Frame(function: function, line: line))
    if pythons.count >= Self.mostPythons { pythons.removeAll(keepingCapacity: true) }
    pythons[position] = frame
    return frame
  }

  /// A frame for something that has no code: kernel functions, placeholders.
  func frame(of function: Function) -> Int32 {
    writer.add(frame: Frame(function: writer.add(function: function)))
  }

  /// The frame that stands for a task, under the thread's root; nil once there were too many.
  func frame(of task: TaskName) -> Int32? {
    if let known = tasks[task] { return known }
    guard tasks.count < Self.mostTasks else { return nil }
    let frame = frame(of: Function(kind: .python, name: "<task \(task.decode())>"))
    tasks[task] = frame
    return frame
  }

  func moduleIndex(path: String) -> Int32 { writer.add(module: Module(path: path)) }

  private func describe(_ address: UInt64) -> NativeCode {
    guard let module = modules.module(containing: address) else { return anonymous(address) }
    let link = module.linkAddress(of: address)
    let native = module.function(at: link)
    let start = FunctionStart(module: module.index, start: native.start)
    var kind = InterpreterFunction(symbol: native.name)
    var name = native.name
    let isUnnamedLoop =
      evalLoops.contains(start)
      || !native.isSymbol && module.coldPart(ofFunction: Self.evalLoop) == native.start
    if isUnnamedLoop, kind != .evalLoop {
      kind = .evalLoop
      name = Self.evalLoop
    }
    let known = known(module)
    let function = Function(
      kind: .native, name: name, module: known.index, isPlumbing: kind != .other)
    return NativeCode(
      module: known.index, function: writer.add(function: function), description: function,
      address: link, isEvalLoop: kind == .evalLoop,
      isCollector: native.isSymbol && module.path == interpreterModule
        && InterpreterFunction.isCollector(symbol: native.name),
      startsStack: Self.startsGreenlet(module, native.name), hasSymbol: native.isSymbol,
      functionStart: start, build: known.build)
  }

  private static let evalLoop = "_PyEval_EvalFrameDefault"

  /// The interpreter's module, where collector functions are recognised.
  var interpreterModule: String?

  /// A greenlet begins in `inner_bootstrap` (greenlet 2 and later) or, written in C, `g_initialstub`,
  /// on the C stack of whatever ran when it was started, which may be gone since.
  private static func startsGreenlet(_ module: LoadedModule, _ name: String) -> Bool {
    guard name.contains("inner_bootstrap(") || name == "g_initialstub" else { return false }
    return (module.path.split(separator: "/").last ?? "").contains("greenlet")
  }

  /// Code in no file (JIT code, trampolines) is one function per page: the page is all that is known,
  /// unless its maker names it later.
  private func anonymous(_ address: UInt64) -> NativeCode {
    let page = address & ~0xfff
    let name = "[anonymous]+0x" + String(page, radix: 16)
    let function = Function(kind: .native, name: name, module: anonymousModule)
    return NativeCode(
      module: anonymousModule, function: writer.add(function: function), description: function,
      address: address, isEvalLoop: false, hasSymbol: false,
      functionStart: FunctionStart(module: -1, start: page))
  }

  private func known(_ module: LoadedModule) -> KnownModule {
    if let known = nativeModules[module.index] { return known }
    let index = writer.add(module: Module(path: module.path, buildID: module.buildID ?? ""))
    let known = KnownModule(index: index, build: sources.build(of: module))
    if nativeModules.count >= Self.mostModules { nativeModules.removeAll() }
    nativeModules[module.index] = known
    return known
  }
}
