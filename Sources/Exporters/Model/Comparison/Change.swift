/// Nanoseconds before and after, and how much of the difference chance explains.
struct Change: Equatable {
  var before = 0.0
  var after = 0.0
  /// Sums of the squares of the weights of the samples.
  var beforeSquares = 0.0
  var afterSquares = 0.0
  /// How likely chance alone makes as large a difference.
  var probability = 1.0
  /// More than chance, also in view of how many changes were looked at.
  var isSignificant = false

  var difference: Double { after - before }

  /// The variance, if every sample came or did not come by chance.
  var variance: Double { beforeSquares + afterSquares }

  /// About half of the interval that holds 95 % of what chance does, where samples are many.
  var noise: Double { 1.96 * variance.squareRoot() }

  /// The difference as a share of the time before; infinite for what is new.
  var share: Double {
    before > 0 ? difference / before : difference > 0 ? .infinity : 0
  }

  /// `+12.3 %`, `new`, `gone`.
  var percentText: String {
    if before == 0 { return after > 0 ? "new" : "" }
    if after == 0 { return "gone" }
    let text = NumberText.fixed(Self.integer(share * 1000), decimals: 1)
    return (share > 0 ? "+" : "") + text + " %"
  }

  /// `1.200 s before, 1.500 s after, +25.0 %`.
  var sentence: String {
    let seconds = { Self.seconds($0, decimals: 3, isSigned: false) }
    let text = "\(seconds(before)) s before, \(seconds(after)) s after, "
    return text + (isSignificant ? percentText : "a difference within sampling noise")
  }

  static func += (left: inout Change, right: Change) {
    left.before += right.before
    left.after += right.after
    left.beforeSquares += right.beforeSquares
    left.afterSquares += right.afterSquares
  }

  /// Seconds with a sign.
  static func seconds(_ time: Double, decimals: Int, isSigned: Bool) -> String {
    let unit = (0..<decimals).reduce(1.0) { unit, _ in unit * 10 }
    let value = integer(time / 1e9 * unit)
    return (isSigned && value > 0 ? "+" : "") + NumberText.fixed(value, decimals: decimals)
  }

  /// The nearest that there is, whatever the number.
  static func integer(_ value: Double) -> Int64 {
    value.isNaN ? 0 : Int64(min(max(value.rounded(), -9e18), 9e18))
  }
}
