public import SampleTypes

/// A decoded code object: what a frame that runs it is called, and where its lines are.
public struct CodeObject: Hashable, Sendable {
  /// `co_qualname`; up to 3.10, which has none, `co_name`.
  public var qualifiedName: String
  public var fileName: String
  /// `co_firstlineno`.
  public var firstLine: Int32
  /// Where the bytecode lies in the target, from 3.11 on.
  public var bytecodeRange: AddressRange?
  /// True for the frame that a specialised `Class()` call inserts below `__init__` (3.13 on): no
  /// Python code, to be left out of stacks.
  public var isInitTrampoline: Bool
  public var lineTable: LineTable

  /// The line of the instruction at a byte offset from the start of the bytecode;
  /// `firstLine` for a negative offset (nothing ran yet), nil for an instruction without a line.
  /// Walks the line table: remember the answer.
  public func line(atByteOffset offset: Int32) -> Int32? {
    offset < 0 ? firstLine : lineTable.line(atByteOffset: offset, firstLine: firstLine)
  }
}
