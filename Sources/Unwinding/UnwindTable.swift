import Symbols

/// The unwind rules of one module, compiled row by row as addresses come up.
final class UnwindTable {
  private let information: CallFrameInfo?
  /// Ascending and disjoint; `rules` runs in parallel.
  private var starts: [UInt64] = []
  private var ends: [UInt64] = []
  private var rules: [UnwindRule] = []

  init(_ module: LoadedModule) { information = module.callFrameInfo }

  /// The rule for a link-time address; kind `.none` if nothing describes it. Rows that need
  /// expressions are appended to `expressions`.
  func rule(at linkAddress: UInt64, expressions: inout [ExpressionRule]) -> UnwindRule {
    let index = upperBound(linkAddress)
    if index > 0, linkAddress < ends[index - 1] { return rules[index - 1] }
    guard let information, let row = RowCompiler.row(at: linkAddress, in: information),
      row.start <= linkAddress, linkAddress < row.end
    else { return UnwindRule(kind: .none) }
    let rule: UnwindRule
    switch row.rule {
    case .plain(let plain): rule = plain
    case .expression(let expression):
      rule = UnwindRule(kind: .expression, cfaOffset: Int32(expressions.count))
      expressions.append(expression)
    }
    insert(row, rule, at: index)
    return rule
  }

  /// Overlapping FDEs (a corrupt file) must not break the order: the new row is cut to the gap.
  private func insert(_ row: CompiledRow, _ rule: UnwindRule, at index: Int) {
    let start = index > 0 ? max(row.start, ends[index - 1]) : row.start
    let end = index < starts.count ? min(row.end, starts[index]) : row.end
    starts.insert(start, at: index)
    ends.insert(end, at: index)
    rules.insert(rule, at: index)
  }

  /// How many rows start at or before `address`.
  private func upperBound(_ address: UInt64) -> Int {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
