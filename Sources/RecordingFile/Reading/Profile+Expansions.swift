import ProfileModel

extension Profile {
  /// Replaces frames by what they expand to, and joins stacks that are equal then.
  ///
  /// Parts are not expanded again. A stack that would become too deep keeps the frame as it was.
  ///
  /// Where a small file would become too many nodes, the frames of later stacks stay as they were, and a
  /// note says so.
  mutating func expandFrames(
    _ expansions: [Int32: [Int32]], limit: Int? = nil
  ) {
    guard !expansions.isEmpty else { return }
    // A frame that is expanded mostly becomes one with a line.
    let limit = limit ?? max(FileFormat.mostExpandedStacks, stacks.count / 2 * 3)
    var expanded = ExpandedStacks(capacity: stacks.count)
    var indexes: [Int32] = []
    indexes.reserveCapacity(stacks.count)
    var unexpanded = 0
    for (index, node) in stacks.enumerated() {
      var parent = node.parent < 0 ? -1 : indexes[Int(node.parent)]
      // Every node that is still to come needs one at least.
      let mayExpand =
        expanded.nodes.count + (stacks.count - index) <= limit - FileFormat.mostParts
      let known = mayExpand ? expansions : [:]
      if !mayExpand, expansions[node.frame] != nil { unexpanded += 1 }
      for frame in expanded.parts(of: node.frame, under: parent, known) {
        parent = expanded.add(StackNode(parent: parent, frame: frame))
      }
      indexes.append(parent)
    }
    stacks = expanded.nodes
    for index in samples.indices where samples[index].stack >= 0 {
      samples[index].stack = indexes[Int(samples[index].stack)]
    }
    if unexpanded > 0 {
      ledger.notes.append(
        "native frames of \(unexpanded) stacks are shown without lines and inlined calls: with them the "
          + "recording would have more than \(limit) stacks")
    }
  }
}

/// A prefix tree while it is built.
private struct ExpandedStacks {
  private(set) var nodes: [StackNode] = []
  private var depths: [UInt16] = []
  private var known: [StackNode: Int32] = [:]

  init(capacity: Int) {
    nodes.reserveCapacity(capacity)
    depths.reserveCapacity(capacity)
    known.reserveCapacity(capacity)
  }

  func parts(of frame: Int32, under parent: Int32, _ expansions: [Int32: [Int32]]) -> [Int32] {
    let depth = parent < 0 ? 0 : Int(depths[Int(parent)])
    guard let parts = expansions[frame], depth + parts.count <= FileFormat.deepestStack else {
      return [frame]
    }
    return parts
  }

  mutating func add(_ node: StackNode) -> Int32 {
    if let index = known[node] { return index }
    // A stack that was as deep as stacks may be, and grew further down, ends there.
    let depth = node.parent < 0 ? 1 : depths[Int(node.parent)] + 1
    guard depth <= FileFormat.deepestStack, nodes.count < Int32.max else { return node.parent }
    let index = Int32(nodes.count)
    nodes.append(node)
    depths.append(depth)
    known[node] = index
    return index
  }
}
