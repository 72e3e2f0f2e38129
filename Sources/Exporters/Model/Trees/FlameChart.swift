import ProfileModel

/// Stacks as they followed each other, as a tree: a call that goes on from sample to sample is one
/// node, and one that comes back later is another. Each thread has a tower of its own. Time that is
/// not shown has no width, so that a call goes on across it.
struct FlameChart {
  let tree: CallTree
  let timeline: Timeline

  /// `limit`: of nodes.
  init(_ report: Report, limit: Int = 400_000) {
    let stacks = StackTree(report)
    timeline = Timeline(report, stacks, limit: limit, cost: .changes, columns: 3_000)
    var nodes = [CallTree.Node(parent: -1, frame: stacks.nodes[0].frame)]
    var frames = stacks.frames
    for lane in timeline.lanes {
      frames.append(
        TreeFrame(name: "thread " + report.profile.laneName(ofThread: lane.thread), kind: .group))
      nodes.append(CallTree.Node(parent: 0, frame: Int32(frames.count - 1)))
      Self.add(lane, stacks, to: &nodes)
    }
    tree = CallTree(nodes: nodes, frames: frames, order: .given)
  }

  private static func add(
    _ lane: Timeline.Lane, _ stacks: StackTree, to nodes: inout [CallTree.Node]
  ) {
    // The chart's nodes of the stack at hand, the tower first.
    var open = [Int32(nodes.count - 1)]
    var before: Int32 = 0
    for stretch in lane.stretches {
      let shared = stacks.commonAncestor(before, stretch.node)
      open.removeLast(open.count - 1 - Int(stacks.depths[Int(shared)]))
      for node in stacks.path(from: stretch.node, to: shared).reversed() {
        nodes.append(
          CallTree.Node(parent: open[open.count - 1], frame: stacks.nodes[Int(node)].frame))
        open.append(Int32(nodes.count - 1))
      }
      nodes[Int(open[open.count - 1])].own[stretch.gil] &+= stretch.duration
      before = stretch.node
    }
  }
}
