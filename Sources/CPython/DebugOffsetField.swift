/// One field of `_Py_DebugOffsets` and the layout field that it tells.
struct DebugOffsetField: Sendable {
  /// Byte position inside the table.
  var position: Int
  /// Of the field that the offset leads to, in bytes.
  var alignment: Int
  var path: any WritableKeyPath<Layout, Int> & Sendable

  init(at position: Int, alignment: Int, _ path: any WritableKeyPath<Layout, Int> & Sendable) {
    self.position = position
    self.alignment = alignment
    self.path = path
  }
}
