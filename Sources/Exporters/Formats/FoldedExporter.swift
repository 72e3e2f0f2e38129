import ProfileModel

/// Collapsed stacks, one line a stack: frames from root to leaf joined by `;`, a blank, and the
/// time in microseconds as an integer, because most readers take no decimals.
///
/// A line repeats all of its frames, so that a recording of kilobytes can have lines of gigabytes. Where
/// they would be too much together, long ones are cut in the middle, and a remark says so.
struct FoldedExporter {
  private let tree: CallTree
  private let names: [[UInt8]]
  private let size: Size

  /// How long lines may be, of what they would be.
  private struct Size {
    var lineLimit: Int
    /// Bytes without a limit, and the longest line.
    var whole: Int
    var longest: Int
  }

  /// Bytes of all lines together.
  private static let sizeLimit = 1 << 30
  private static let lineLimits = [1 << 20, 1 << 16, 1 << 12, 1 << 8]

  init(_ report: Report, sizeLimit: Int = FoldedExporter.sizeLimit) {
    tree = report.callTree(mergesEqualNames: true)
    names = tree.frames.map { frame in
      var name = TextBuffer()
      name.append(folded: frame.name)
      return name.bytes
    }
    size = Self.size(tree, names, sizeLimit)
  }

  /// What is cut, or nil.
  var remark: String? {
    guard size.longest > size.lineLimit else { return nil }
    return
      "lines longer than \(NumberText.bytes(Int64(size.lineLimit))) lack frames in the middle: "
      + "with them it would be \(NumberText.bytes(Int64(size.whole)))"
  }

  func write(to sink: inout some ByteSink) {
    var output = TextBuffer()
    var path = FoldedPath(limit: size.lineLimit)
    tree.walk { node, depth in
      // Depth 0 is "all", which folded stacks do not spell.
      guard depth > 0 else { return }
      let name = names[Int(tree.nodes[node].frame)]
      path.push(name, depth: depth)
      let microseconds = roundedQuotient(tree.nodes[node].own.sum, 1000)
      guard microseconds > 0 else { return }
      path.write(to: &output, leaf: name)
      output.append(" ")
      output.append(decimal: microseconds)
      output.append("\n")
      output.flushIfLarge(to: &sink)
    }
    output.flush(to: &sink)
  }

  private static func size(_ tree: CallTree, _ names: [[UInt8]], _ sizeLimit: Int) -> Size {
    var lengths: [Int] = [0]
    var sums = [Int](repeating: 0, count: lineLimits.count)
    var size = Size(lineLimit: lineLimits[0], whole: 0, longest: 0)
    tree.walk { node, depth in
      guard depth > 0 else { return }
      lengths.removeLast(lengths.count - depth)
      let length = lengths[depth - 1] + names[Int(tree.nodes[node].frame)].count + 1
      lengths.append(length)
      guard roundedQuotient(tree.nodes[node].own.sum, 1000) > 0 else { return }
      size.whole &+= length
      size.longest = max(size.longest, length)
      for (index, limit) in lineLimits.enumerated() { sums[index] &+= min(length, limit) }
    }
    let first = sums.firstIndex { $0 <= sizeLimit } ?? lineLimits.count - 1
    size.lineLimit = lineLimits[first]
    return size
  }
}
