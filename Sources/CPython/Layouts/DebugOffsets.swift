import SampleTypes

/// The start of `_PyRuntime` from 3.13 on: `_Py_DebugOffsets`, by which the interpreter describes
/// its own structures (pycore_debug_offsets.h).
struct DebugOffsets {
  static let cookie: [UInt8] = Array("xdebugpy".utf8)
  /// The cookie, the version and the free-threading flag precede every version's fields.
  static let headerSize = 24
  static let maximumSize = 888

  var version: PythonVersion
  var isFreeThreaded: Bool
  private var bytes: [UInt8]

  /// From the first bytes at `_PyRuntime`; nil if they are no such table.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.headerSize, bytes.starts(with: Self.cookie) else { return nil }
    let words = bytes.withUnsafeBytes { ($0.word(8), $0.word(16)) }
    guard let version = PythonVersion(hex: words.0), version.major == 3, version.minor >= 13,
      words.1 <= 1
    else { return nil }
    self.version = version
    isFreeThreaded = words.1 == 1
    self.bytes = bytes
  }

  /// The measured layout of the version with every field that the table covers replaced; the
  /// measured one where the table is short or tells what cannot be. Nil for a version that is not known.
  func layout() -> (layout: Layout, source: LayoutSource)? {
    guard let measured = Layout.table(for: version, freeThreaded: isFreeThreaded),
      let table = DebugOffsetField.table(minor: version.minor)
    else { return nil }
    guard bytes.count >= table.size else {
      return (measured, .measuredInstead("\(bytes.count) bytes of \(table.size)"))
    }
    var layout = measured
    for field in table.fields {
      guard let offset = plausible(field, measured: measured[keyPath: field.path]) else {
        return (measured, .measuredInstead("\(field.name) \(word(field.position))"))
      }
      layout[keyPath: field.path] = offset
    }
    // The table does not name the top of the data stack: it follows the chunk.
    if let chunk = layout.threadState.dataStackChunk,
      let top = measured.threadState.dataStackTop, let before = measured.threadState.dataStackChunk
    {
      layout.threadState.dataStackTop = top + (chunk - before)
    }
    return (layout, .itself)
  }

  private func word(_ position: Int) -> UInt64 { bytes.withUnsafeBytes { $0.word(position) } }

  /// An offset must be aligned and lie within its struct. Within one minor version fields moved by tens of
  /// bytes (3.14.5: 24 in the interpreter state, thousands in none), so that one far from the measured
  /// offset is corrupt.
  private func plausible(_ field: DebugOffsetField, measured: Int) -> Int? {
    let (value, size) = (word(field.position), word(field.sizePosition))
    guard value < 1 << 20, size < 1 << 24, value + UInt64(field.alignment) <= size
    else { return nil }
    let offset = Int(value)
    guard offset % field.alignment == 0, abs(offset - measured) <= 64 + measured / 2 else {
      return nil
    }
    return offset
  }
}
