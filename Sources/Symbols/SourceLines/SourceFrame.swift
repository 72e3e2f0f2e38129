/// One function at a code address, as DWARF tells it.
public struct SourceFrame: Hashable, Sendable {
  /// Demangled; nil for the function whose code it is, where symbols know the name.
  public var name: String?
  /// Source file of the definition; empty if unknown.
  public var file: String
  /// First line of the definition; 0 if unknown.
  public var definitionLine: Int32
  /// Line being executed, or of the call of the next inlined function; 0 if unknown.
  public var line: Int32

  public init(name: String? = nil, file: String = "", definitionLine: Int32 = 0, line: Int32 = 0) {
    self.name = name
    self.file = file
    self.definitionLine = definitionLine
    self.line = line
  }
}
