/// The frames of one folded line, as a walk through the tree goes down and up: the outermost ones, as many
/// as there is room for.
struct FoldedPath {
  private let limit: Int
  private var text = TextBuffer()
  /// By depth: bytes of `text`, and how many of the frames are in it.
  private var ends: [(bytes: Int, frames: Int)] = [(0, 0)]

  /// `limit` is in bytes, of a line.
  init(limit: Int) { self.limit = limit }

  /// `depth` is 1 for the outermost frame.
  mutating func push(_ name: [UInt8], depth: Int) {
    ends.removeLast(ends.count - depth)
    let (bytes, frames) = ends[depth - 1]
    text.truncate(to: bytes)
    // Nothing follows a frame that was left out, but the innermost one.
    guard frames == depth - 1, bytes + name.count + 1 <= limit else {
      ends.append((bytes, frames))
      return
    }
    if depth > 1 { text.append(";") }
    text.append(bytes: name)
    ends.append((text.count, depth))
  }

  /// Writes the path to `leaf`, which was pushed last.
  func write(to output: inout TextBuffer, leaf: [UInt8]) {
    output.append(bytes: text.bytes)
    let depth = ends.count - 1
    let written = ends[depth].frames
    guard written < depth else { return }
    if written > 0 { output.append(";") }
    if depth - written > 1 {
      output.append("[\(depth - written - 1) frames left out];")
    }
    output.append(bytes: leaf.cut(to: limit))
  }
}

extension [UInt8] {
  /// UTF-8 text, or its beginning of at most `limit` bytes with `…` at the end.
  func cut(to limit: Int) -> ArraySlice<UInt8> {
    guard count > limit else { return self[...] }
    let mark = Array("…".utf8)
    var end = Swift.max(0, limit - mark.count)
    while end > 0, self[end] & 0xc0 == 0x80 { end -= 1 }
    return self[..<end] + mark
  }
}
