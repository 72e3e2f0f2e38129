import ProfileModel

/// A call tree without its contexts: which function called which, from which line, and for how
/// long.
///
/// A stack counts once for each function on it, as the call of the function's outermost occurrence.
/// So all calls of a function add up to its total time, recursion or not, which is what readers of
/// call graphs compute. For that, the root calls the outermost functions.
struct CallGraph {
  struct Call {
    var callee: Int
    var line: Int32
    var time: GilTime
  }

  private(set) var functions: [FrameFacts] = []
  /// For each function its own time by line, ascending.
  private(set) var own: [[(line: Int32, time: GilTime)]] = []
  /// For each function what it called, in the order of callees and lines.
  private(set) var calls: [[Call]] = []
  let total: GilTime

  /// Functions that have time.
  private(set) var used: [Int] = []

  private struct Edge: Hashable {
    var caller: Int32
    var line: Int32
    var callee: Int32
  }

  init(_ tree: CallTree, _ profile: Profile) {
    total = tree.nodes[0].total
    var functionOfFrame: [Int32] = []
    var known: [ExportedFunction: Int32] = [:]
    for frame in tree.frames {
      let key = ExportedFunction(
        function: frame.function, name: frame.function < 0 ? frame.name : "")
      if let index = known[key] {
        functionOfFrame.append(index)
        continue
      }
      known[key] = Int32(functions.count)
      functionOfFrame.append(Int32(functions.count))
      functions.append(FrameFacts(frame, profile))
    }
    addUp(tree, functionOfFrame)
  }

  private mutating func addUp(_ tree: CallTree, _ functionOfFrame: [Int32]) {
    var ownTimes: [UInt64: GilTime] = [:]
    var edges: [Edge: GilTime] = [:]
    var walk = Walk(functions.count)
    tree.walk { node, depth in
      let frame = tree.nodes[node].frame
      let function = functionOfFrame[Int(frame)]
      walk.leave(to: depth)
      walk.enter(function, line: tree.frames[Int(frame)].line)
      if depth > 0 && walk.isOutermost(function) {
        edges[walk.edge(from: depth - 1), default: GilTime()] &+= tree.nodes[node].total
      }
      if !tree.nodes[node].own.isZero {
        let key = UInt64(function) << 32 | UInt64(UInt32(bitPattern: tree.frames[Int(frame)].line))
        ownTimes[key, default: GilTime()] &+= tree.nodes[node].own
      }
    }
    used = Set(edges.keys.flatMap { [Int($0.caller), Int($0.callee)] }).sorted()
    own = functions.map { _ in [] }
    for (key, time) in ownTimes.sorted(by: { $0.key < $1.key }) {
      own[Int(key >> 32)].append((Int32(truncatingIfNeeded: key), time))
    }
    calls = functions.map { _ in [] }
    let ordered = edges.sorted {
      ($0.key.callee, $0.key.line) < ($1.key.callee, $1.key.line)
    }
    for (edge, time) in ordered {
      calls[Int(edge.caller)].append(
        Call(callee: Int(edge.callee), line: edge.line, time: time))
    }
  }

  /// The path to the node at hand, and how often each function is on it.
  private struct Walk {
    private var path: [(function: Int32, line: Int32)] = []
    private var occurrences: [Int32]

    init(_ functions: Int) { occurrences = Array(repeating: 0, count: functions) }

    mutating func leave(to depth: Int) {
      while path.count > depth, let left = path.popLast() { occurrences[Int(left.function)] -= 1 }
    }

    mutating func enter(_ function: Int32, line: Int32) {
      occurrences[Int(function)] += 1
      path.append((function, line))
    }

    func isOutermost(_ function: Int32) -> Bool { occurrences[Int(function)] == 1 }

    /// The call that is made on the path at `depth`.
    func edge(from depth: Int) -> Edge {
      Edge(
        caller: path[depth].function, line: path[depth].line, callee: path[depth + 1].function)
    }
  }
}
