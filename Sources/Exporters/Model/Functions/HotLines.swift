import ProfileModel

/// The line of each function at which most of its time passed: of its own time, or of its total time
/// where that is what the report sorts by.
struct HotLines {
  struct Line: Equatable {
    var line: Int32
    /// Nanoseconds at this line, and at all lines of the function.
    var time: Int64
    var whole: Int64

    var isMost: Bool { time * 2 >= whole }
  }

  /// By index in `Profile.functions`: by the time that the table is sorted by, or else by the other.
  private(set) var lines: [Int32: Line] = [:]

  init(_ report: Report) {
    let tree = StackTree(report)
    let nodes = tree.callTree(report).nodes
    var own = Array(repeating: Int64(0), count: tree.frames.count)
    var total = own
    // For each function how many nodes of it are on the path: recursion counts once, by its
    // outermost call.
    var open = Array(repeating: 0, count: report.profile.functions.count)
    var path: [Int] = []
    tree.walk { node, depth in
      while path.count > depth - 1, let left = path.popLast() { if left >= 0 { open[left] -= 1 } }
      let frame = Int(tree.nodes[Int(node)].frame)
      let function = Int(tree.frames[frame].function)
      path.append(function)
      guard function >= 0 else { return }
      own[frame] &+= nodes[Int(node)].own.sum
      if open[function] == 0 { total[frame] &+= nodes[Int(node)].total.sum }
      open[function] += 1
    }
    for times in report.options.sort == .selfTime ? [own, total] : [total, own] {
      add(times, tree.frames)
    }
  }

  /// Functions that have a line already keep it.
  private mutating func add(_ times: [Int64], _ frames: [TreeFrame]) {
    var found: [Int32: Line] = [:]
    for (frame, time) in zip(frames, times) where time > 0 && frame.function >= 0 {
      var line = found[frame.function] ?? Line(line: 0, time: 0, whole: 0)
      line.whole &+= time
      if time > line.time { (line.line, line.time) = (frame.line, time) }
      found[frame.function] = line
    }
    lines.merge(found) { mine, _ in mine }
  }
}
