import ProfileModel

/// Scaled time of each function of a report, and the sum of the squares of the weights.
struct FunctionTimes {
  struct Times {
    var own = 0.0
    var ownSquares = 0.0
    var total = 0.0
    var totalSquares = 0.0
  }

  private(set) var functions: [ComparedFunction: Times] = [:]

  init(_ report: Report, scale: Double) {
    let tree = StackTree(report)
    let identities = tree.frames.map { ComparedFunction($0, report.profile) }
    let nodes = NodeTimes(report, tree, scale: scale)
    // For each function how many nodes of it are on the path.
    var open: [ComparedFunction: Int] = [:]
    var path: [ComparedFunction] = []
    tree.walk { node, depth in
      while path.count > depth - 1, let left = path.popLast() { open[left]! -= 1 }
      let identity = identities[Int(tree.nodes[Int(node)].frame)]
      path.append(identity)
      let isOutermost = open[identity, default: 0] == 0
      open[identity, default: 0] += 1
      var times = functions[identity] ?? Times()
      times.own += nodes.own[Int(node)].time
      times.ownSquares += nodes.own[Int(node)].squares
      if isOutermost {
        times.total += nodes.total[Int(node)].time
        times.totalSquares += nodes.total[Int(node)].squares
      }
      functions[identity] = times
    }
  }
}
