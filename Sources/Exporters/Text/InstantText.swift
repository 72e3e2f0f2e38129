/// Instants, in nanoseconds since the Unix epoch, as programs and people write them. Empty for 0, which
/// stands for a start that a recording does not know.
enum InstantText {
  /// `2026-11-30T16:20:11Z`.
  static func iso(_ time: Int64) -> String {
    guard time != 0 else { return "" }
    let (date, clock) = parts(seconds(time))
    return "\(date)T\(clock)Z"
  }

  /// `2026-11-30 17:20:11 +01:00`, of a zone that is so many seconds ahead of UTC.
  static func local(_ time: Int64, zone: Int) -> String {
    guard time != 0 else { return "" }
    let (date, clock) = parts(seconds(time) &+ Int64(zone))
    guard zone != 0 else { return "\(date) \(clock) UTC" }
    let minutes = Int64(zone.magnitude / 60)
    let sign = zone < 0 ? "-" : "+"
    return "\(date) \(clock) \(sign)\(padded(minutes / 60)):\(padded(minutes % 60))"
  }

  private static func seconds(_ time: Int64) -> Int64 {
    floor(time, 1_000_000_000).quotient
  }

  private static func parts(_ seconds: Int64) -> (date: String, clock: String) {
    let (days, second) = floor(seconds, 86_400)
    let clock = [second / 3600, second / 60 % 60, second % 60].map { padded($0) }
    let (year, month, day) = civil(days)
    return (
      "\(padded(year, to: 4))-\(padded(month))-\(padded(day))", clock.joined(separator: ":")
    )
  }

  /// Days since 1970-01-01 in the Gregorian calendar. Years begin in March here, so that the leap day
  /// is the last of one, and 400 of them are an era of 146,097 days.
  private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, day) = floor(days + 719_468, 146_097)
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    let isNext = month >= 10
    return (
      era * 400 + year + (isNext ? 1 : 0), isNext ? month - 9 : month + 3,
      dayOfYear - (153 * month + 2) / 5 + 1
    )
  }

  private static func floor(
    _ value: Int64, _ divisor: Int64
  ) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func padded(_ value: Int64, to width: Int = 2) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
