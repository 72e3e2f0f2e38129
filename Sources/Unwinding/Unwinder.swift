public import SampleTypes
public import Symbols

/// Follows native stacks on copied registers and stack bytes: no process is touched.
///
/// One per processing thread and target process; allocates nothing per stack once warm.
public struct Unwinder: ~Copyable {
  /// A stack deeper than this is cut: corrupt frames must not cost unbounded time.
  public static let maximumDepth = 4096

  public init() {}

  /// Follows one stack from its registers outwards.
  ///
  /// - Parameters:
  ///   - registers: of the thread at the sampled instant.
  ///   - stack: bytes from (or slightly below) `registers.rsp` upwards.
  ///   - modules: of the same process, up to date.
  ///   - activationKeys: the CPython activation keys of the thread, ascending (innermost first);
  ///     they bridge code without call frame information. Empty if unknown.
  ///   - frames: emptied, then filled innermost first; never empty afterwards.
  ///   - saved: emptied, then filled in parallel with `frames`.
  public mutating func unwind(
    registers: Registers, stack: StackBytes, modules: ModuleTable, activationKeys: [UInt64] = [],
    into frames: inout [NativeFrame], saved: inout [SavedRegisters]
  ) -> UnwindOutcome {
    .complete
  }

  /// Tells that `frame` was confirmed to be the eval activation of `key`: its distance
  /// `cfa - key` is a constant of the binary and serves to find the caller of an activation whose
  /// callee has no call frame information (JIT code).
  public mutating func learnActivation(frame: NativeFrame, key: UInt64, modules: ModuleTable) {}
}
