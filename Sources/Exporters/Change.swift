/// Nanoseconds before and after, and how much of the difference chance explains.
struct Change: Equatable {
  var before = 0.0
  var after = 0.0
  /// Sum of the squares of the weights of the samples, both sides together: the variance, if every
  /// sample came or did not come by chance. A clock that ticks evenly varies less.
  var variance = 0.0

  var difference: Double { after - before }

  /// Half of the interval that holds 95 % of what chance does.
  var noise: Double { 1.96 * variance.squareRoot() }

  var isSignificant: Bool { abs(difference) > noise }

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
