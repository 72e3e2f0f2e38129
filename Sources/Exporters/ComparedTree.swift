import ProfileModel

/// The stacks of two recordings in one tree: a tower as it was before, so that what has gone can be
/// seen, and one as it is after, so that what is new can be seen.
struct ComparedTree {
  let tree: CallTree
  /// For each node of the tree what became of its stack.
  let changes: [Change]

  init(_ comparison: Comparison) {
    var builder = Builder()
    builder.add(comparison.before, scale: 1, side: \.before)
    builder.add(comparison.after, scale: comparison.scale, side: \.after)
    builder.sumTotals()
    builder.addTowers()
    tree = CallTree(nodes: builder.nodes, frames: builder.frames)
    changes = builder.changes
  }

  private struct Builder {
    /// A stack of either recording; parents before children, the root first.
    private struct Stack {
      var parent: Int32
      var frame: Int32
      var own = Change()
      var total = Change()
    }

    private var stacks = [Stack(parent: -1, frame: 0)]
    private var children: [UInt64: Int32] = [:]
    private var frameOf: [ComparedFunction: Int32] = [:]
    private(set) var frames = [TreeFrame(name: "all", kind: .group)]
    private(set) var nodes: [CallTree.Node] = []
    private(set) var changes: [Change] = []

    mutating func add(_ report: Report, scale: Double, side: WritableKeyPath<Change, Double>) {
      let tree = StackTree(report)
      let times = NodeTimes(report, tree, scale: scale)
      let framesHere = tree.frames.map { frame($0, report.profile) }
      var place: [Int32] = [0]
      for index in tree.nodes.indices.dropFirst() {
        let node = tree.nodes[index]
        let stack = child(of: place[Int(node.parent)], frame: framesHere[Int(node.frame)])
        place.append(stack)
        stacks[Int(stack)].own[keyPath: side] += times.own[index].time
        stacks[Int(stack)].own.variance += times.own[index].squares
      }
    }

    private mutating func frame(_ frame: TreeFrame, _ profile: Profile) -> Int32 {
      let identity = ComparedFunction(frame, profile)
      if let index = frameOf[identity] { return index }
      let name = identity.kind == .kernel ? identity.name + "_[k]" : identity.text
      frames.append(TreeFrame(name: name, kind: frame.kind))
      frameOf[identity] = Int32(frames.count - 1)
      return Int32(frames.count - 1)
    }

    private mutating func child(of parent: Int32, frame: Int32) -> Int32 {
      let key = UInt64(parent) << 32 | UInt64(frame)
      if let index = children[key] { return index }
      children[key] = Int32(stacks.count)
      stacks.append(Stack(parent: parent, frame: frame))
      return Int32(stacks.count - 1)
    }

    mutating func sumTotals() {
      for index in stacks.indices { stacks[index].total = stacks[index].own }
      for index in stacks.indices.dropFirst().reversed() {
        let parent = Int(stacks[index].parent)
        stacks[parent].total.before += stacks[index].total.before
        stacks[parent].total.after += stacks[index].total.after
        stacks[parent].total.variance += stacks[index].total.variance
      }
    }

    mutating func addTowers() {
      append(CallTree.Node(parent: -1, frame: 0), stacks[0].total)
      let sides: [(String, KeyPath<Change, Double>)] = [("before", \.before), ("after", \.after)]
      for (name, side) in sides where stacks[0].total[keyPath: side] > 0 {
        frames.append(TreeFrame(name: name, kind: .group))
        append(CallTree.Node(parent: 0, frame: Int32(frames.count - 1)), stacks[0].total)
        var nodeOfStack = Array(repeating: Int32(-1), count: stacks.count)
        nodeOfStack[0] = Int32(nodes.count - 1)
        for (index, stack) in stacks.enumerated().dropFirst()
        where stack.total[keyPath: side] > 0 {
          nodeOfStack[index] = Int32(nodes.count)
          var node = CallTree.Node(parent: nodeOfStack[Int(stack.parent)], frame: stack.frame)
          // Of a comparison only the sum matters.
          node.own[.none] = Change.integer(stack.own[keyPath: side])
          append(node, stack.total)
        }
      }
    }

    private mutating func append(_ node: CallTree.Node, _ change: Change) {
      nodes.append(node)
      changes.append(change)
    }
  }
}
