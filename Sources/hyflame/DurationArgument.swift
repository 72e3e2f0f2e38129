import ArgumentParser

/// A length of time: `30`, `30s`, `500ms`, `2m`, `1.5h`.
struct DurationArgument: ExpressibleByArgument {
  private static let units: [(suffix: String, seconds: Double)] = [
    ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600),
  ]

  let seconds: Double

  init?(argument: String) {
    let unit = Self.units.first { argument.hasSuffix($0.suffix) }
    let digits = argument.dropLast(unit?.suffix.count ?? 0)
    guard let number = Double(digits), digits.first?.isNumber == true else { return nil }
    let seconds = number * (unit?.seconds ?? 1)
    guard seconds >= 0.001, seconds <= 30 * 86_400 else { return nil }
    self.seconds = seconds
  }
}
