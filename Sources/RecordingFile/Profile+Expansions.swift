import ProfileModel

extension Profile {
  /// Replaces frames by what they expand to, and joins stacks that are equal then.
  ///
  /// Parts are not expanded again. A stack that would become too deep keeps the frame as it was.
  mutating func expandFrames(_ expansions: [Int32: [Int32]]) {
    guard !expansions.isEmpty else { return }
    var expanded = ExpandedStacks(capacity: stacks.count)
    var indexes: [Int32] = []
    indexes.reserveCapacity(stacks.count)
    for node in stacks {
      var parent = node.parent < 0 ? -1 : indexes[Int(node.parent)]
      for frame in expanded.parts(of: node.frame, under: parent, expansions) {
        parent = expanded.add(StackNode(parent: parent, frame: frame))
      }
      indexes.append(parent)
    }
    stacks = expanded.nodes
    for index in samples.indices where samples[index].stack >= 0 {
      samples[index].stack = indexes[Int(samples[index].stack)]
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
