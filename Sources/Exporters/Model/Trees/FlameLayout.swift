/// The geometry of a flame graph, in nanoseconds and levels: what is where, how wide, and what is
/// left out. No pixels, no rounding.
struct FlameLayout {
  struct Box: Equatable {
    /// Index in `CallTree.nodes`.
    var node: Int32
    /// 0 for the root.
    var level: Int32
    /// Nanoseconds to the left of the box.
    var x: Int64
    var width: Int64
  }

  /// What is worth drawing. A hostile or very deep recording must not make an endless picture.
  struct Limits {
    /// Narrower boxes are left out, nanoseconds.
    var minimumWidth: Int64 = 0
    var levels = 1000
    /// Bytes that all boxes may cost together.
    var cost = 7_500_000
  }

  /// Parents before children, left to right.
  private(set) var boxes: [Box] = []
  let total: Int64
  /// Number of levels in use.
  private(set) var levels = 0
  /// Width under which boxes were left out in the end: at least `Limits.minimumWidth`.
  let minimumWidth: Int64
  /// Nodes of the tree that have no box.
  private(set) var leftOut = 0

  /// `cost` estimates the bytes of a node's box.
  init(_ tree: CallTree, limits: Limits, cost: (_ node: Int) -> Int) {
    total = tree.total
    minimumWidth = Self.affordableWidth(tree, limits, cost)
    place(tree, levels: limits.levels)
    leftOut = tree.nodes.count - boxes.count
  }

  private mutating func place(_ tree: CallTree, levels limit: Int) {
    guard total > 0 else { return }
    var pending = [Box(node: 0, level: 0, x: 0, width: total)]
    while let box = pending.popLast() {
      boxes.append(box)
      levels = max(levels, Int(box.level) + 1)
      guard box.level + 1 < limit else { continue }
      let first = pending.count
      var x = box.x
      for child in tree.children(of: Int(box.node)) {
        let width = tree.nodes[Int(child)].total.sum
        if width >= minimumWidth {
          pending.append(Box(node: child, level: box.level + 1, x: x, width: width))
        }
        x += width
      }
      pending[first...].reverse()
    }
  }

  private static func levels(_ tree: CallTree) -> [Int] {
    var levels = Array(repeating: 0, count: tree.nodes.count)
    for (index, node) in tree.nodes.enumerated() where node.parent >= 0 {
      levels[index] = levels[Int(node.parent)] + 1
    }
    return levels
  }

  /// The smallest width, not under the minimum, at which the boxes that are as wide cost no more
  /// than allowed.
  private static func affordableWidth(
    _ tree: CallTree, _ limits: Limits, _ cost: (_ node: Int) -> Int
  ) -> Int64 {
    let minimum = max(limits.minimumWidth, 1)
    let levels = levels(tree)
    let wide = tree.nodes.indices.filter {
      tree.nodes[$0].total.sum >= minimum && levels[$0] < limits.levels
    }
    let costs = wide.map(cost)
    guard costs.reduce(0, +) > limits.cost else { return minimum }
    var spent = 0
    let byWidth = wide.indices.sorted {
      tree.nodes[wide[$0]].total.sum > tree.nodes[wide[$1]].total.sum
    }
    for index in byWidth {
      spent += costs[index]
      if spent > limits.cost { return tree.nodes[wide[index]].total.sum + 1 }
    }
    return minimum
  }
}
