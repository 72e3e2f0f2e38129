import ProfileModel
import SampleTypes

/// How large a timeline makes a format, without making it.
struct TimelineSize {
  private let tree: StackTree
  private let cost: Timeline.Cost
  private let limit: Int

  init(_ tree: StackTree, _ cost: Timeline.Cost, limit: Int) {
    self.tree = tree
    self.cost = cost
    self.limit = limit
  }

  /// As the stretches are. Stops counting at the limit: a hostile recording can be deep and long.
  func exceedsLimit(_ lanes: [Timeline.Lane]) -> Bool {
    var sum = 0
    for lane in lanes {
      var before = Timeline.Stretch(start: -1, duration: 0, node: 0, gil: .none, cpu: .running)
      for stretch in lane.stretches {
        sum += size(of: stretch.node, after: before.end == stretch.start ? before.node : 0)
        if sum > limit { return true }
        before = stretch
      }
    }
    return false
  }

  private func size(of node: Int32, after before: Int32) -> Int {
    let depth = Int(tree.depths[Int(node)])
    switch cost {
    case .stretches: return 1
    case .frames: return depth + 1
    case .changes: return depth + 1 - Int(tree.depths[Int(tree.commonAncestor(before, node))])
    }
  }

  /// Once stretches of one window that are alike are joined, in the order of the tree.
  func exceedsLimit(_ lanes: [Timeline.Lane], window: Int64) -> Bool {
    var seen = Array(repeating: Int32(-1), count: tree.nodes.count * RecordedState.count)
    var sum = 0
    var stamp: Int32 = -1
    for lane in lanes {
      var number: Int64 = -1
      for stretch in lane.stretches {
        if stretch.start / window != number {
          number = stretch.start / window
          stamp &+= 1
        }
        let slot =
          Int(stretch.node) * RecordedState.count + RecordedState(stretch.gil, stretch.cpu).rawValue
        guard seen[slot] != stamp else { continue }
        seen[slot] = stamp
        sum +=
          cost == .changes
          ? newFrames(stretch.node, &seen, stamp) : size(of: stretch.node, after: 0)
        if sum > limit { return true }
      }
    }
    return false
  }

  /// Frames of the path that no stretch of the window has had. A walk in the order of the tree
  /// opens each of its nodes once.
  private func newFrames(_ leaf: Int32, _ seen: inout [Int32], _ stamp: Int32) -> Int {
    var count = 1
    var node = leaf
    let isOpen = { (node: Int32) in Int(node) * RecordedState.count + RecordedState.unused }
    while node > 0 && seen[isOpen(node)] != stamp {
      seen[isOpen(node)] = stamp
      count += 1
      node = tree.nodes[Int(node)].parent
    }
    return count
  }
}
