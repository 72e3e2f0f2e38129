import ProfileModel

/// The call tree of everything that a selection keeps, with time per GIL state at every node.
struct CallTree {
  struct Node: Equatable {
    /// Always smaller than the node's own index; -1 for the root.
    var parent: Int32
    /// Index in `frames`.
    var frame: Int32
    /// Time in which this frame was innermost.
    var own = GilTime()
    /// `own` and all that is below.
    var total = GilTime()
  }

  /// The root, "all", is node 0.
  private(set) var nodes: [Node]
  let frames: [TreeFrame]
  /// Children of each node in their order; `children(of:)` cuts it up.
  private let childOrder: [Int32]
  private let childStart: [Int32]

  enum Order {
    /// Children in the order of their names.
    case names
    /// Children as they come in `nodes`.
    case given
  }

  init(nodes: [Node], frames: [TreeFrame], order: Order = .names) {
    self.nodes = nodes
    self.frames = frames
    (childOrder, childStart) =
      switch order {
      case .names: Self.sortedChildren(nodes, frames)
      case .given: Self.givenChildren(nodes)
      }
    sumTotals()
  }

  func children(of node: Int) -> ArraySlice<Int32> {
    childOrder[Int(childStart[node])..<Int(childStart[node + 1])]
  }

  func frame(of node: Int) -> TreeFrame { frames[Int(nodes[node].frame)] }

  /// Time in the whole tree, all GIL states together.
  var total: Int64 { nodes[0].total.sum }

  /// Parents come before their children, so one pass backwards adds everything up.
  private mutating func sumTotals() {
    for index in nodes.indices { nodes[index].total = nodes[index].own }
    for index in nodes.indices.reversed() where nodes[index].parent >= 0 {
      nodes[Int(nodes[index].parent)].total &+= nodes[index].total
    }
  }

  /// All nodes are sorted by the rank of their name, then dealt out to their parents: one sort of
  /// the distinct names is the only comparison of strings. Groups come last, in the order of their
  /// making, so that GIL states stand as the axis lists them.
  private static func sortedChildren(
    _ nodes: [Node], _ frames: [TreeFrame]
  ) -> (order: [Int32], start: [Int32]) {
    var nodesOfFrame = Array(repeating: Int32(0), count: frames.count + 1)
    for node in nodes { nodesOfFrame[Int(node.frame) + 1] += 1 }
    for index in frames.indices { nodesOfFrame[index + 1] += nodesOfFrame[index] }
    var byFrame = Array(repeating: Int32(0), count: nodes.count)
    var next = nodesOfFrame
    for (index, node) in nodes.enumerated() {
      byFrame[Int(next[Int(node.frame)])] = Int32(index)
      next[Int(node.frame)] += 1
    }

    var start = Array(repeating: Int32(0), count: nodes.count + 1)
    for node in nodes where node.parent >= 0 { start[Int(node.parent) + 1] += 1 }
    for index in nodes.indices { start[index + 1] += start[index] }
    var order = Array(repeating: Int32(0), count: Int(start[nodes.count]))
    var fill = start
    for frame in framesInOrder(frames) {
      for slot in nodesOfFrame[frame]..<nodesOfFrame[frame + 1] {
        let node = byFrame[Int(slot)]
        let parent = Int(nodes[Int(node)].parent)
        guard parent >= 0 else { continue }
        order[Int(fill[parent])] = node
        fill[parent] += 1
      }
    }
    return (order, start)
  }

  private static func givenChildren(_ nodes: [Node]) -> (order: [Int32], start: [Int32]) {
    var start = Array(repeating: Int32(0), count: nodes.count + 1)
    for node in nodes where node.parent >= 0 { start[Int(node.parent) + 1] += 1 }
    for index in nodes.indices { start[index + 1] += start[index] }
    var order = Array(repeating: Int32(0), count: Int(start[nodes.count]))
    var fill = start
    for (index, node) in nodes.enumerated() where node.parent >= 0 {
      order[Int(fill[Int(node.parent)])] = Int32(index)
      fill[Int(node.parent)] += 1
    }
    return (order, start)
  }

  private static func framesInOrder(_ frames: [TreeFrame]) -> [Int] {
    let isGroup = { (index: Int) in frames[index].kind == .group }
    let named = frames.indices.filter { !isGroup($0) }
    return named.sorted { (frames[$0].name, $0) < (frames[$1].name, $1) }
      + frames.indices.filter(isGroup)
  }
}
