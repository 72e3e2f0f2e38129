import ProfileModel

/// Collapsed stacks, one line a stack: frames from root to leaf joined by `;`, a blank, and the
/// time in microseconds as an integer, because most readers take no decimals.
struct FoldedExporter {
  private let tree: CallTree

  init(_ report: Report) {
    tree = report.callTree(mergesEqualNames: true)
  }

  func write(to sink: inout some ByteSink) {
    let names = tree.frames.map { frame in
      var name = TextBuffer()
      name.append(folded: frame.name)
      return name.bytes
    }
    var output = TextBuffer()
    var path = TextBuffer()
    var pathEnds: [Int] = [0]
    tree.walk { node, depth in
      // Depth 0 is "all", which folded stacks do not spell.
      guard depth > 0 else { return }
      pathEnds.removeLast(pathEnds.count - depth)
      path.truncate(to: pathEnds[depth - 1])
      if depth > 1 { path.append(";") }
      path.append(bytes: names[Int(tree.nodes[node].frame)])
      pathEnds.append(path.count)
      let microseconds = roundedQuotient(tree.nodes[node].own.sum, 1000)
      guard microseconds > 0 else { return }
      output.append(bytes: path.bytes)
      output.append(" ")
      output.append(decimal: microseconds)
      output.append("\n")
      output.flushIfLarge(to: &sink)
    }
    output.flush(to: &sink)
  }
}
