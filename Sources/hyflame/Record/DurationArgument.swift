import ArgumentParser

/// A length of time: `30`, `30s`, `500ms`, `2m`, `1.5h`.
struct DurationArgument: Equatable {
  private static let units: [(suffix: String, seconds: Double)] = [
    ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600),
  ]
  /// A month.
  private static let allowed = 0.001...2_592_000

  let seconds: Double

  init(_ argument: String) throws {
    let unit = Self.units.first { argument.hasSuffix($0.suffix) }
    let digits = argument.dropLast(unit?.suffix.count ?? 0)
    let seconds = (Double(decimal: digits) ?? .nan) * (unit?.seconds ?? 1)
    guard Self.allowed.contains(seconds) else {
      throw ValidationError("a time is 1ms or more, such as 30, 30s, 2m or 500ms")
    }
    self.seconds = seconds
  }
}
