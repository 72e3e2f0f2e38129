import ProfileModel

/// Places the stacks of a profile below a node of a growing tree, each distinct stack once.
struct StackPlacer {
  private let profile: Profile
  private(set) var view: FrameView
  var nodes: [CallTree.Node] = []
  /// (parent node, frame) → node.
  private var children: [UInt64: Int32] = [:]
  /// Tree node of each stack node under the base at hand; -1 where there is none yet.
  private var nodeOfStack: [Int32]
  private var visited: [Int32] = []

  init(_ profile: Profile, _ view: FrameView) {
    self.profile = profile
    self.view = view
    nodeOfStack = Array(repeating: -1, count: profile.stacks.count)
    // Most stack nodes become a tree node; growing step by step would move all of them each time.
    children.reserveCapacity(profile.stacks.count)
    nodes.reserveCapacity(profile.stacks.count)
  }

  /// A frame that stands for no code.
  mutating func add(group name: String) -> Int32 { view.add(group: name) }

  /// The node of a sample's innermost frame. Glue that is innermost did the work itself and is
  /// kept; an innermost eval loop was running the bytecode of the Python frame that it serves.
  mutating func leaf(of stack: Int32, base: Int32) -> Int32 {
    let node = interior(of: stack, base: base)
    let frame = Int(profile.stacks[Int(stack)].frame)
    switch view.roles[frame] {
    case .glue: return child(of: node, frame: view.shown[frame])
    case .evalLoop where node == base: return child(of: node, frame: view.shown[frame])
    default: return node
    }
  }

  /// Must be called between two bases.
  mutating func forgetStacks() {
    for stack in visited { nodeOfStack[Int(stack)] = -1 }
    visited.removeAll(keepingCapacity: true)
  }

  /// The node of a stack as the caller of other frames. Iterative: a file can hold any depth.
  private mutating func interior(of stack: Int32, base: Int32) -> Int32 {
    var pending = 0
    var current = stack
    while current >= 0 && nodeOfStack[Int(current)] < 0 {
      visited.append(current)
      pending += 1
      current = profile.stacks[Int(current)].parent
    }
    var node = current >= 0 ? nodeOfStack[Int(current)] : base
    for index in visited.suffix(pending).indices.reversed() {
      let stack = Int(visited[index])
      let frame = Int(profile.stacks[stack].frame)
      if view.roles[frame] == .shown { node = child(of: node, frame: view.shown[frame]) }
      nodeOfStack[stack] = node
    }
    return node
  }

  mutating func child(of parent: Int32, frame: Int32) -> Int32 {
    let key = UInt64(UInt32(bitPattern: parent)) << 32 | UInt64(UInt32(bitPattern: frame))
    if let node = children[key] { return node }
    let node = add(frame: frame, to: parent)
    children[key] = node
    return node
  }

  mutating func add(frame: Int32, to parent: Int32) -> Int32 {
    nodes.append(CallTree.Node(parent: parent, frame: frame))
    return Int32(nodes.count - 1)
  }
}
