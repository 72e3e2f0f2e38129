import ProfileModel

/// The stacks of a page as one tree, in which threads that never ran Python have roots of their own,
/// and what each thread did in it.
struct HtmlStacks {
  struct Lane {
    /// Index in `Profile.threads`.
    var thread: Int
    /// The nodes are those of this tree.
    var stretches: [Timeline.Stretch]
  }

  /// Parents before children; node 0 is the root. Frames are indices in `frames`.
  private(set) var nodes: [StackNode]
  private(set) var frames: [TreeFrame]
  private(set) var lanes: [Lane] = []
  private var groups: [[String]: Int32] = [:]

  init(_ report: Report, _ tree: StackTree, _ timeline: Timeline) {
    nodes = [tree.nodes[0]]
    frames = tree.frames
    var lanesOfRoot: [[Timeline.Lane]] = report.selection.roots.map { _ in [] }
    for lane in timeline.lanes {
      lanesOfRoot[Int(report.selection.rootOfThread[lane.thread])].append(lane)
    }
    let order = Self.firstStacks(report, tree)
    // Where the nodes of `tree` are under the root at hand; -1 where they are not.
    var places = Array(repeating: Int32(-1), count: tree.nodes.count)
    for (root, lanes) in lanesOfRoot.enumerated() where !lanes.isEmpty {
      let base = addGroups(report.selection.roots[root])
      let placed = place(Self.leaves(of: lanes, order), of: tree, under: base, &places)
      for lane in lanes {
        var stretches = lane.stretches
        for index in stretches.indices {
          stretches[index].node = places[Int(stretches[index].node)]
        }
        self.lanes.append(Lane(thread: lane.thread, stretches: stretches))
      }
      for node in placed { places[Int(node)] = -1 }
    }
  }

  /// The node of a root's innermost group; roots of one process share that.
  private mutating func addGroups(_ names: [String]) -> Int32 {
    var node: Int32 = 0
    for count in names.indices.map({ $0 + 1 }) {
      let path = Array(names[..<count])
      if let known = groups[path] {
        node = known
        continue
      }
      frames.append(TreeFrame(name: names[count - 1], kind: .group))
      nodes.append(StackNode(parent: node, frame: Int32(frames.count - 1)))
      node = Int32(nodes.count - 1)
      groups[path] = node
    }
    return node
  }

  /// Returns the nodes of `tree` that now have a place.
  private mutating func place(
    _ leaves: [Int32], of tree: StackTree, under base: Int32, _ places: inout [Int32]
  ) -> [Int32] {
    places[0] = base
    var placed: [Int32] = [0]
    for leaf in leaves {
      if base > 0, tree.frame(of: leaf).kind == .group {
        // Time without a stack is the thread's own.
        places[Int(leaf)] = base
        placed.append(leaf)
        continue
      }
      var path: [Int32] = []
      var node = leaf
      while places[Int(node)] < 0 {
        path.append(node)
        node = tree.nodes[Int(node)].parent
      }
      for node in path.reversed() {
        let parent = places[Int(tree.nodes[Int(node)].parent)]
        places[Int(node)] = Int32(nodes.count)
        nodes.append(StackNode(parent: parent, frame: tree.nodes[Int(node)].frame))
        placed.append(node)
      }
    }
    return placed
  }

  /// Stacks that follow each other in time have numbers near each other in a recording. Kept near,
  /// differences are small and the page is.
  private static func firstStacks(_ report: Report, _ tree: StackTree) -> [Int32] {
    var first = Array(repeating: Int32.max, count: tree.nodes.count)
    for index in report.selection.kept {
      let sample = report.profile.samples[Int(index)]
      let leaf = Int(tree.leaf(of: sample))
      if sample.stack < first[leaf] { first[leaf] = sample.stack }
    }
    return first
  }

  private static func leaves(of lanes: [Timeline.Lane], _ order: [Int32]) -> [Int32] {
    var isUsed = Array(repeating: false, count: order.count)
    for lane in lanes {
      for stretch in lane.stretches { isUsed[Int(stretch.node)] = true }
    }
    return order.indices.filter { isUsed[$0] }.map { Int32($0) }
      .sorted { (order[Int($0)], $0) < (order[Int($1)], $1) }
  }
}
