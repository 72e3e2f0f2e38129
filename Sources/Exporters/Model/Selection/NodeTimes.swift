import ProfileModel

/// Scaled time at and below each node of a tree, and the sum of the squares of the weights.
struct NodeTimes {
  struct Amount {
    var time = 0.0
    var squares = 0.0

    static func += (left: inout Amount, right: Amount) {
      left.time += right.time
      left.squares += right.squares
    }
  }

  private(set) var own: [Amount]
  private(set) var total: [Amount]

  init(_ report: Report, _ tree: StackTree, scale: Double) {
    own = Array(repeating: Amount(), count: tree.nodes.count)
    for index in report.selection.kept {
      let sample = report.profile.samples[Int(index)]
      let weight = Double(sample.weight) * scale
      own[Int(tree.leaf(of: sample))] += Amount(time: weight, squares: weight * weight)
    }
    total = own
    for index in tree.nodes.indices.dropFirst().reversed() {
      total[Int(tree.nodes[index].parent)] += total[index]
    }
  }
}
