/// Where the offsets of a layout come from.
public enum LayoutSource: Hashable, Sendable {
  /// The headers of the version.
  case measured
  /// The interpreter's own `_Py_DebugOffsets` (3.13 on).
  case itself
  /// The headers, as what the interpreter says of itself cannot be; with what it says.
  case measuredInstead(String)
}

extension LayoutSource {
  /// What the interpreter said of itself that cannot be.
  public var refused: String? {
    if case .measuredInstead(let told) = self { told } else { nil }
  }
}
