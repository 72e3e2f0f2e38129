import ProfileModel

/// The stacks that a selection keeps as one tree shared by all threads, for the formats that keep
/// threads apart or samples in order.
struct StackTree {
  /// Parents before children; node 0 is the root, which stands for no code.
  let nodes: [StackNode]
  let frames: [TreeFrame]
  /// Frames on the path to each node, without the root.
  let depths: [Int32]
  /// Whether each node is a call that the compiler inlined into its parent.
  let isInlined: [Bool]
  /// For each stack of the profile, shifted by one so that "no stack" is entry 0.
  private let leafOfStack: [Int32]

  init(_ report: Report) {
    let profile = report.profile
    var placer = StackPlacer(
      profile, FrameView(profile, options: report.options, tellsNativeLines: true))
    let root = placer.add(frame: placer.add(group: "all"), to: -1)
    let noStack = placer.add(group: "[no stack]")
    var leaves = Array(repeating: Int32(-1), count: profile.stacks.count + 1)
    for index in report.selection.kept {
      let stack = profile.samples[Int(index)].stack
      guard leaves[Int(stack) + 1] < 0 else { continue }
      let leaf = stack < 0 ? root : placer.leaf(of: stack, base: root)
      leaves[Int(stack) + 1] = leaf == root ? placer.child(of: root, frame: noStack) : leaf
    }
    leafOfStack = leaves
    nodes = placer.nodes.map { StackNode(parent: $0.parent, frame: $0.frame) }
    frames = placer.view.frames
    var depths = Array(repeating: Int32(0), count: nodes.count)
    for index in nodes.indices.dropFirst() { depths[index] = depths[Int(nodes[index].parent)] + 1 }
    self.depths = depths
    isInlined = Self.inlined(nodes, frames, profile)
  }

  /// What folding or a filter took the caller of stands alone.
  private static func inlined(
    _ nodes: [StackNode], _ frames: [TreeFrame], _ profile: Profile
  ) -> [Bool] {
    nodes.map { node in
      let frame = frames[Int(node.frame)]
      guard frame.isInlined, frame.kind == .native, node.parent > 0 else { return false }
      let outer = frames[Int(nodes[Int(node.parent)].frame)]
      return outer.kind == .native
        && profile.functions[Int(frame.function)].module
          == profile.functions[Int(outer.function)].module
    }
  }

  /// Where the stack of a kept sample ends; never the root.
  func leaf(of sample: Sample) -> Int32 { leafOfStack[Int(sample.stack) + 1] }

  /// The tree with the kept time in it.
  func callTree(_ report: Report) -> CallTree {
    var nodes = nodes.map { CallTree.Node(parent: $0.parent, frame: $0.frame) }
    for index in report.selection.kept {
      let sample = report.profile.samples[Int(index)]
      nodes[Int(leaf(of: sample))].own[sample.gil] &+= sample.weight
    }
    return CallTree(nodes: nodes, frames: frames)
  }

  func frame(of node: Int32) -> TreeFrame { frames[Int(nodes[Int(node)].frame)] }

  /// Nodes from the leaf to its outermost frame, or to the child of `ancestor` on the path.
  func path(from leaf: Int32, to ancestor: Int32 = 0) -> [Int32] {
    var path: [Int32] = []
    var node = leaf
    while node > 0 && node != ancestor {
      path.append(node)
      node = nodes[Int(node)].parent
    }
    return path
  }

  /// The innermost node that is on both paths.
  func commonAncestor(_ one: Int32, _ other: Int32) -> Int32 {
    var (one, other) = (one, other)
    while one != other {
      if depths[Int(one)] >= depths[Int(other)] {
        one = nodes[Int(one)].parent
      } else {
        other = nodes[Int(other)].parent
      }
    }
    return one
  }

  /// Visits every node but the root, parents first, each with its depth (1 below the root).
  func walk(_ visit: (_ node: Int32, _ depth: Int) -> Void) {
    let ranks = preorder()
    var order = Array(repeating: Int32(0), count: nodes.count)
    for (node, rank) in ranks.enumerated() { order[Int(rank)] = Int32(node) }
    for node in order.dropFirst() { visit(node, Int(depths[Int(node)])) }
  }

  /// For each node its place in a walk that finishes every subtree before the next.
  func preorder() -> [Int32] {
    var sizes = Array(repeating: Int32(1), count: nodes.count)
    for index in nodes.indices.dropFirst().reversed() {
      sizes[Int(nodes[index].parent)] += sizes[index]
    }
    var ranks = Array(repeating: Int32(0), count: nodes.count)
    // Where the next child of each node goes.
    var next = Array(repeating: Int32(1), count: nodes.count)
    for index in nodes.indices.dropFirst() {
      let parent = Int(nodes[index].parent)
      ranks[index] = next[parent]
      next[index] = next[parent] + 1
      next[parent] += sizes[index]
    }
    return ranks
  }
}
