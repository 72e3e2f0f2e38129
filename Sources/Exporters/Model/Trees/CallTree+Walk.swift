extension CallTree {
  /// Visits every node, parents first and siblings in order, with its depth below the root.
  func walk(_ visit: (_ node: Int, _ depth: Int) -> Void) {
    var pending: [(node: Int32, depth: Int)] = [(0, 0)]
    while let (node, depth) = pending.popLast() {
      visit(Int(node), depth)
      for child in children(of: Int(node)).reversed() { pending.append((child, depth + 1)) }
    }
  }
}
