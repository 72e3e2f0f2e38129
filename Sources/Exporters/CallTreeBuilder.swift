import ProfileModel

/// Builds a call tree from the stack table: samples are first added up per stack, then every
/// distinct stack is walked once.
struct CallTreeBuilder {
  private let profile: Profile
  private let selection: Selection
  private var view: FrameView
  private var nodes: [CallTree.Node] = []
  /// (parent node, frame) → node.
  private var children: [UInt64: Int32] = [:]

  /// Time of each stack of the root at hand, shifted by one so that "no stack" is entry 0.
  private var times: [GilTime]
  /// The entries of `times` that are in use, in the order of their first sample.
  private var touched: [Int32] = []
  /// Tree node of each stack node under the root at hand; -1 where there is none yet.
  private var nodeOfStack: [Int32]
  private var visited: [Int32] = []

  static func build(
    _ profile: Profile, _ selection: Selection, options: ReportOptions,
    mergesEqualNames: Bool = false
  ) -> CallTree {
    var builder = CallTreeBuilder(
      profile, selection,
      FrameView(profile, options: options, mergesEqualNames: mergesEqualNames))
    builder.addEverything(splitsByGil: options.splitsByGil)
    return CallTree(nodes: builder.nodes, frames: builder.view.frames)
  }

  private init(_ profile: Profile, _ selection: Selection, _ view: FrameView) {
    self.profile = profile
    self.selection = selection
    self.view = view
    times = Array(repeating: GilTime(), count: profile.stacks.count + 1)
    nodeOfStack = Array(repeating: -1, count: profile.stacks.count)
    // Most stack nodes become a tree node; growing step by step would move all of them each time.
    children.reserveCapacity(profile.stacks.count)
    nodes.reserveCapacity(profile.stacks.count)
  }

  private mutating func addEverything(splitsByGil: Bool) {
    let all = add(frame: view.add(group: "all"), to: -1)
    let states: [GilAxis?] = splitsByGil ? GilAxis.allCases : [nil]
    let stateFrames = states.map { $0.map { view.add(group: $0.towerName) } }
    let rootFrames = selection.roots.enumerated().map { index, name in
      index == 0 ? nil : view.add(group: name)
    }
    let noStack = view.add(group: "[no stack]")
    for (root, group) in selection.groups.enumerated() where !group.isEmpty {
      addUpTimes(group)
      for (state, stateFrame) in zip(states, stateFrames) {
        addStacks(
          under: [stateFrame, rootFrames[root]].compactMap(\.self), of: all, only: state,
          frameless: rootFrames[root] == nil ? noStack : nil)
      }
      forgetTimes()
    }
  }

  private mutating func addUpTimes(_ group: Range<Int>) {
    for index in selection.kept[group] {
      let sample = profile.samples[Int(index)]
      // Otherwise a slot could be in use and still be zero.
      if sample.weight == 0 { continue }
      let slot = Int(sample.stack) + 1
      if times[slot].isZero { touched.append(Int32(slot)) }
      times[slot][sample.gil] &+= sample.weight
    }
  }

  private mutating func forgetTimes() {
    for slot in touched { times[Int(slot)] = GilTime() }
    touched.removeAll(keepingCapacity: true)
  }

  /// Adds the time of every stack below the path `groups`. Time without any frame goes to the
  /// last group, or to a frame of its own where `frameless` names one.
  private mutating func addStacks(
    under groups: [Int32], of all: Int32, only state: GilAxis?, frameless: Int32?
  ) {
    guard touched.contains(where: { !time(inSlot: $0, only: state).isZero }) else { return }
    let base = groups.reduce(all) { child(of: $0, frame: $1) }
    for slot in touched {
      let time = time(inSlot: slot, only: state)
      if time.isZero { continue }
      var node = slot == 0 ? base : leaf(of: slot - 1, base: base)
      if node == base, let frameless { node = child(of: base, frame: frameless) }
      nodes[Int(node)].own &+= time
    }
    for stack in visited { nodeOfStack[Int(stack)] = -1 }
    visited.removeAll(keepingCapacity: true)
  }

  private func time(inSlot slot: Int32, only state: GilAxis?) -> GilTime {
    state.map { times[Int(slot)].only($0) } ?? times[Int(slot)]
  }

  /// The node of a sample's innermost frame. Glue that is innermost did the work itself and is
  /// kept; an innermost eval loop was running the bytecode of the Python frame that it serves.
  private mutating func leaf(of stack: Int32, base: Int32) -> Int32 {
    let node = interior(of: stack, base: base)
    let frame = Int(profile.stacks[Int(stack)].frame)
    switch view.roles[frame] {
    case .glue: return child(of: node, frame: view.shown[frame])
    case .evalLoop where node == base: return child(of: node, frame: view.shown[frame])
    default: return node
    }
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

  private mutating func child(of parent: Int32, frame: Int32) -> Int32 {
    let key = UInt64(UInt32(bitPattern: parent)) << 32 | UInt64(UInt32(bitPattern: frame))
    if let node = children[key] { return node }
    let node = add(frame: frame, to: parent)
    children[key] = node
    return node
  }

  private mutating func add(frame: Int32, to parent: Int32) -> Int32 {
    nodes.append(CallTree.Node(parent: parent, frame: frame))
    return Int32(nodes.count - 1)
  }
}
