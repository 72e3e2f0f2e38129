public import SampleTypes
public import Symbols

/// Follows native stacks on copied registers and stack bytes: no process is touched.
///
/// One per processing thread and target process; allocates nothing per stack once warm.
public struct Unwinder: ~Copyable {
  /// A stack deeper than this is cut: corrupt frames must not cost unbounded time.
  public static let maximumDepth = 4096

  /// What `learnActivation` was told, one entry per interpreter binary and distance.
  public internal(set) var activations: [LearnedActivation] = []

  /// True where the interpreter may have a JIT compiler of its own, whose code runs in the eval loop's
  /// place. Other code in no file was called by somebody.
  public var interpreterHasJIT = false

  private var cache = RuleCache()
  private var generation: UInt32?
  /// By `LoadedModule.index`.
  private var tables: [Int: UnwindTable] = [:]
  /// A program that loads ever other modules has no use for those of long ago.
  private static let mostTables = 4096
  var expressions: [ExpressionRule] = []
  var callSites = CallSites()
  /// By start of the function, or of the page for code in no file.
  var scanned: [UInt64: ScannedFunction] = [:]

  public init() {}

  /// Follows one stack from its registers outwards.
  ///
  /// - Parameters:
  ///   - registers: of the thread at the sampled instant.
  ///   - known: which of them are known, bit n for DWARF number n; the others are not used.
  ///   - stack: bytes from (or slightly below) `registers.rsp` upwards.
  ///   - modules: of the same process, up to date.
  ///   - activationKeys: the CPython activation keys of the thread, ascending (innermost first);
  ///     they bridge code without call frame information. Empty if unknown.
  ///   - frames: emptied, then filled innermost first; never empty afterwards.
  ///   - saved: emptied, then filled in parallel with `frames`.
  public mutating func unwind(
    registers: Registers, known: UInt32 = Registers.all, stack: StackBytes, modules: ModuleTable,
    activationKeys: [UInt64] = [], into frames: inout [NativeFrame],
    saved: inout [SavedRegisters]
  ) -> UnwindOutcome {
    frames.removeAll(keepingCapacity: true)
    saved.removeAll(keepingCapacity: true)
    prepare(for: modules)
    var state = UnwindState(registers, known: known)
    var frame = NativeFrame(
      address: registers.rip, stackPointer: registers.rsp, cfa: registers.rsp,
      isReturnAddress: false, origin: .registers)
    while true {
      let rule = rule(of: frame, modules)
      // A first frame outside code is a jump through a bad pointer, and is reported; a later one
      // means that its callee was misread.
      if rule.kind == .notCode, !frames.isEmpty { return .truncated(.notCode) }
      guard frames.count < Self.maximumDepth else { return .truncated(.tooDeep) }
      saved.append(state.saved)
      let step: Step
      switch rule.kind {
      case .plain: step = Self.stepPlain(&state, rule, stack)
      case .expression: step = stepExpression(&state, rule, stack)
      case .none, .notCode:
        // Made only here: holding its references would cost each frame a few nanoseconds.
        let context = StepContext(
          stack: stack, modules: modules, keys: activationKeys, isInnermost: frames.isEmpty)
        step = stepWithoutRule(&state, context)
      }
      frame.cfa = max(step.cfa, frame.stackPointer)
      frames.append(frame)
      if let outcome = step.outcome { return outcome }
      frame = NativeFrame(
        address: state.registers.rip, stackPointer: state.registers.rsp,
        cfa: state.registers.rsp, isReturnAddress: !step.wasInterrupted, origin: step.origin)
    }
  }

  /// Caches keyed by address are of one generation of the memory map.
  private mutating func prepare(for modules: ModuleTable) {
    guard generation != modules.generation else { return }
    generation = modules.generation
    cache.removeAll()
    callSites.removeAll()
    scanned.removeAll()
  }

  /// The rule for the code at a frame's lookup address.
  mutating func rule(of frame: NativeFrame, _ modules: ModuleTable) -> UnwindRule {
    let address = frame.lookupAddress
    if let rule = cache.rule(at: address) { return rule }
    let rule = uncachedRule(at: address, next: frame.address, modules)
    cache.insert(rule, at: address)
    return rule
  }

  /// `next` is the address of the next instruction of the frame.
  @inline(never)
  private mutating func uncachedRule(
    at address: UInt64, next: UInt64, _ modules: ModuleTable
  ) -> UnwindRule {
    guard let module = modules.module(containing: address) else {
      guard modules.isAnonymousExecutable(address) else { return UnwindRule(kind: .notCode) }
      return EpilogueRule.rule(modules.anonymousCode(at: next, count: 32))
        ?? UnwindRule(kind: .none)
    }
    return table(of: module).rule(at: module.linkAddress(of: address), expressions: &expressions)
  }

  private mutating func table(of module: LoadedModule) -> UnwindTable {
    if let known = tables[module.index] { return known }
    if tables.count >= Self.mostTables { tables = [:] }
    let table = UnwindTable(module)
    tables[module.index] = table
    return table
  }
}
