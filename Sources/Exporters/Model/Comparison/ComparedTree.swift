import ProfileModel
import SampleTypes

/// The stacks of two recordings as two towers: as they were before, so that what has gone can be
/// seen, and as they are after, so that what is new can be seen.
struct ComparedTree {
  let tree: CallTree
  /// For each node of the tree what became of its stack.
  let changes: [Change]

  init(_ comparison: Comparison) {
    var builder = Builder(ComparedStacks(comparison))
    builder.addTowers()
    tree = CallTree(nodes: builder.nodes, frames: builder.frames)
    changes = builder.changes
  }

  private struct Builder {
    private let stacks: [ComparedStacks.Stack]
    private(set) var frames: [TreeFrame]
    private(set) var nodes: [CallTree.Node] = []
    private(set) var changes: [Change] = []

    init(_ compared: ComparedStacks) {
      stacks = compared.stacks
      frames = compared.frames
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
