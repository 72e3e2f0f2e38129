import ProfileModel

/// Time per function, over every place in the call tree where it occurs.
struct FunctionTable {
  struct Row: Equatable {
    /// Index in `Profile.functions`.
    var function: Int32
    /// Time in which the function was innermost.
    var own = GilTime()
    /// Time in which it was anywhere on the stack; recursion counts once.
    var total = GilTime()
  }

  /// Largest first by the key asked for; equal rows by the other key, then in the order of the
  /// profile.
  let rows: [Row]

  init(_ tree: CallTree, sort: ReportOptions.SortKey) {
    var collector = Collector(tree)
    collector.visitAll()
    rows = collector.rows.sorted { $0.comesBefore($1, sort) }
  }

  /// A walk over the tree that knows, for every function, how often it is on the current path.
  private struct Collector {
    let tree: CallTree
    var rows: [Row] = []
    private var rowOfFunction: [Int32: Int] = [:]
    private var rowOfFrame: [Int]
    private var depthOnPath: [Int32]

    init(_ tree: CallTree) {
      self.tree = tree
      rowOfFrame = Array(repeating: -1, count: tree.frames.count)
      for (index, frame) in tree.frames.enumerated() where frame.function >= 0 {
        if let row = rowOfFunction[frame.function] {
          rowOfFrame[index] = row
        } else {
          rowOfFunction[frame.function] = rows.count
          rowOfFrame[index] = rows.count
          rows.append(Row(function: frame.function))
        }
      }
      depthOnPath = Array(repeating: 0, count: rows.count)
    }

    /// Iterative: `~node` on the stack means "leave node".
    mutating func visitAll() {
      var pending: [Int32] = [0]
      while let next = pending.popLast() {
        if next < 0 {
          leave(Int(~next))
        } else {
          enter(Int(next))
          pending.append(~next)
          pending.append(contentsOf: tree.children(of: Int(next)))
        }
      }
      rows.removeAll { $0.total.isZero }
    }

    private mutating func enter(_ node: Int) {
      let row = rowOfFrame[Int(tree.nodes[node].frame)]
      guard row >= 0 else { return }
      rows[row].own &+= tree.nodes[node].own
      if depthOnPath[row] == 0 { rows[row].total &+= tree.nodes[node].total }
      depthOnPath[row] += 1
    }

    private mutating func leave(_ node: Int) {
      let row = rowOfFrame[Int(tree.nodes[node].frame)]
      if row >= 0 { depthOnPath[row] -= 1 }
    }
  }
}

extension FunctionTable.Row {
  fileprivate func comesBefore(_ other: Self, _ sort: ReportOptions.SortKey) -> Bool {
    let (mine, theirs) = (own.sum, other.own.sum)
    let (myTotal, theirTotal) = (total.sum, other.total.sum)
    return switch sort {
    case .selfTime: (theirs, theirTotal, function) < (mine, myTotal, other.function)
    case .totalTime: (theirTotal, theirs, function) < (myTotal, mine, other.function)
    }
  }
}
