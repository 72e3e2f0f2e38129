import ProfileModel

/// The stacks of two recordings in one tree, with what became of each.
struct ComparedStacks {
  /// A stack of either recording.
  struct Stack {
    var parent: Int32
    var frame: Int32
    var own = Change()
    var total = Change()
  }

  /// Parents before children, the root first.
  private(set) var stacks = [Stack(parent: -1, frame: 0)]
  private(set) var frames = [TreeFrame(name: "all", kind: .group)]
  private var children: [UInt64: Int32] = [:]
  private var frameOf: [ComparedFunction: Int32] = [:]

  init(_ comparison: Comparison) {
    add(comparison.before, scale: 1) { $0.addBefore($1) }
    add(comparison.after, scale: comparison.scale) { $0.addAfter($1) }
    sumTotals(comparison.test)
  }

  private mutating func add(
    _ report: Report, scale: Double, _ addTo: (inout Change, NodeTimes.Amount) -> Void
  ) {
    let tree = StackTree(report)
    let times = NodeTimes(report, tree, scale: scale)
    let framesHere = tree.frames.map { frame($0, report.profile) }
    var place: [Int32] = [0]
    for index in tree.nodes.indices.dropFirst() {
      let node = tree.nodes[index]
      let stack = child(of: place[Int(node.parent)], frame: framesHere[Int(node.frame)])
      place.append(stack)
      addTo(&stacks[Int(stack)].own, times.own[index])
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

  private mutating func sumTotals(_ test: ChanceTest) {
    for index in stacks.indices { stacks[index].total = stacks[index].own }
    for index in stacks.indices.dropFirst().reversed() {
      stacks[Int(stacks[index].parent)].total += stacks[index].total
    }
    var totals = stacks.map(\.total)
    test.mark(&totals)
    for index in stacks.indices { stacks[index].total = totals[index] }
  }
}

extension Change {
  fileprivate mutating func addBefore(_ amount: NodeTimes.Amount) {
    before += amount.time
    beforeSquares += amount.squares
  }

  fileprivate mutating func addAfter(_ amount: NodeTimes.Amount) {
    after += amount.time
    afterSquares += amount.squares
  }
}
