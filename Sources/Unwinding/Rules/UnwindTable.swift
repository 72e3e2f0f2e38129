import Symbols

/// The unwind rules of one module, compiled row by row as addresses come up.
final class UnwindTable {
  private let information: CallFrameInfo?
  /// Ascending and disjoint; `rules` runs in parallel. A row counts from the lowest address that
  /// was asked for, not from its start: behind `DW_CFA_restore_state` libdw 0.188 gives the start
  /// of the row that was remembered.
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
      linkAddress < row.end
    else { return UnwindRule(kind: .none) }
    if index < starts.count, ends[index] == row.end {
      // The row was met before, at a higher address.
      starts[index] = linkAddress
      return rules[index]
    }
    let rule: UnwindRule
    switch row.rule {
    case .plain(let plain): rule = plain
    case .expression(let expression):
      rule = UnwindRule(kind: .expression, cfaOffset: Int32(expressions.count))
      expressions.append(expression)
    }
    starts.insert(linkAddress, at: index)
    // Overlapping FDEs (a corrupt file) must not break the order.
    ends.insert(index < starts.count - 1 ? min(row.end, starts[index + 1]) : row.end, at: index)
    rules.insert(rule, at: index)
    return rule
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
