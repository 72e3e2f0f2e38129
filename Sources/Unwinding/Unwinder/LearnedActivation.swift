/// What one confirmed eval activation taught about its binary: where, relative to an activation
/// key, the frame of the eval loop ends, and where it keeps its caller's registers.
public struct LearnedActivation: Hashable, Sendable {
  /// `LoadedModule.index` of the interpreter.
  public var module: Int
  /// `cfa - key` in bytes: a constant of the binary (80…256 in the builds measured).
  public var distance: UInt64
  /// The row of the eval loop's body; its CFA part is not used.
  var rule: UnwindRule
}
