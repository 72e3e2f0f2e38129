import Symbols

/// What a step may look at besides the registers.
struct StepContext {
  let stack: StackBytes
  let modules: ModuleTable
  /// CPython activation keys, ascending.
  let keys: [UInt64]
  let isInnermost: Bool
}
