import ArgumentParser

/// Samples a second: `100`, `1k`, `1khz`, `250hz`.
struct RateArgument: Equatable {
  private static let allowed = 1.0...10_000

  let perSecond: Int

  init(perSecond: Int) { self.perSecond = perSecond }

  init(_ argument: String) throws {
    var digits = argument.lowercased()[...]
    if digits.hasSuffix("hz") { digits.removeLast(2) }
    let isThousands = digits.hasSuffix("k")
    if isThousands { digits.removeLast() }
    let rate = (Double(decimal: digits) ?? .nan) * (isThousands ? 1000 : 1)
    guard Self.allowed.contains(rate) else {
      throw ValidationError("a rate is 1 to 10k samples a second, such as 100 or 1k")
    }
    perSecond = Int(rate.rounded())
  }
}
