/// One field of `_Py_DebugOffsets` and the layout field that it tells.
struct DebugOffsetField: Sendable {
  /// As pycore_debug_offsets.h has it: struct and field.
  var name: StaticString
  /// Byte position inside the table.
  var position: Int
  /// Of the field that the offset leads to, in bytes.
  var alignment: Int
  /// Byte position inside the table of the size of the struct that has the field.
  var sizePosition: Int
  var path: any WritableKeyPath<Layout, Int> & Sendable

  init(
    _ name: StaticString, at position: Int, alignment: Int, sizeAt sizePosition: Int,
    _ path: any WritableKeyPath<Layout, Int> & Sendable
  ) {
    self.name = name
    self.position = position
    self.alignment = alignment
    self.sizePosition = sizePosition
    self.path = path
  }
}
