import ArgumentParser

/// Samples a second: `100`, `1k`, `1khz`, `250hz`.
struct RateArgument: ExpressibleByArgument, CustomStringConvertible {
  static let allowed = 1...10_000

  let perSecond: Int
  var description: String { String(perSecond) }

  init?(argument: String) {
    var digits = argument.lowercased()[...]
    if digits.hasSuffix("hz") { digits.removeLast(2) }
    let isThousands = digits.hasSuffix("k")
    if isThousands { digits.removeLast() }
    guard let number = Double(digits), number.isFinite, digits.first?.isNumber == true else {
      return nil
    }
    let rate = (isThousands ? number * 1000 : number).rounded()
    guard rate >= Double(Self.allowed.lowerBound), rate <= Double(Self.allowed.upperBound) else {
      return nil
    }
    perSecond = Int(rate)
  }
}
