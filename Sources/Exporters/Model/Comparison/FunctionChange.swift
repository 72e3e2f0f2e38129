import ProfileModel

/// What became of one function.
struct FunctionChange {
  let function: ComparedFunction
  let name: String
  var own: Change
  var total: Change

  /// Largest changes by `sort` first; those that chance explains come after those that it does not.
  static func all(
    before: FunctionTimes, after: FunctionTimes, sort: ReportOptions.SortKey, test: ChanceTest
  ) -> [FunctionChange] {
    let identities = Set(before.functions.keys).union(after.functions.keys)
    var changes = identities.filter { $0.kind != nil }.map { identity in
      let one = before.functions[identity] ?? FunctionTimes.Times()
      let other = after.functions[identity] ?? FunctionTimes.Times()
      return FunctionChange(
        function: identity, name: identity.text,
        own: Change(
          before: one.own, after: other.own, beforeSquares: one.ownSquares,
          afterSquares: other.ownSquares),
        total: Change(
          before: one.total, after: other.total, beforeSquares: one.totalSquares,
          afterSquares: other.totalSquares))
    }
    for part in [\FunctionChange.own, \FunctionChange.total] {
      var marked = changes.map { $0[keyPath: part] }
      test.mark(&marked)
      for index in changes.indices { changes[index][keyPath: part] = marked[index] }
    }
    let key = { (change: FunctionChange) in sort == .selfTime ? change.own : change.total }
    return changes.sorted {
      let (one, other) = (key($0), key($1))
      if one.isSignificant != other.isSignificant { return one.isSignificant }
      if abs(one.difference) != abs(other.difference) {
        return abs(one.difference) > abs(other.difference)
      }
      return ($0.name, $0.function.place) < ($1.name, $1.function.place)
    }
  }
}
