import ProfileModel
import SampleTypes

extension TextReport {
  /// Where the time went, by headline category; the shares add up to 100 %.
  func splitLines() -> [String] {
    let times = report.selection.categories.map(\.time)
    let total = times.reduce(0, &+)
    let shares = NumberText.shares(times)
    let barWidth = min(width - 46, 60)
    var lines = [
      heading("Where the time went".padded(to: 26 + barWidth) + "   seconds       %")
    ]
    for category in TimeCategory.allCases where isListed(category) {
      let share = shares[category.rawValue]
      let bar = style.paint(style.bar(share: share, width: barWidth), color(of: category))
      lines.append(
        "  " + category.label(profile.target).padded(to: 24) + bar
          + figures(category, times[category.rawValue], share: share, of: total))
    }
    let whole = figures(nil, total, share: shares.reduce(0, +), of: total)
    lines.append("  " + "all threads".padded(to: 24 + barWidth) + whole)
    return lines + remarks(times, total).map { style.paint("  " + $0, .dim) }
  }

  private func figures(
    _ category: TimeCategory?, _ time: Int64, share: Int64, of total: Int64
  ) -> String {
    guard time > 0 else {
      let isUnrecorded = category.map { self.isUnrecorded($0) } ?? false
      return isUnrecorded
        ? style.paint("not recorded".aligned(right: 18), .dim)
        : style.paint(style.zero.aligned(right: 10) + style.zero.aligned(right: 8), .dim)
    }
    let decimals = NumberText.decimals(forLargest: total)
    return NumberText.seconds(time, decimals: decimals).aligned(right: 10)
      + NumberText.fixed(share, decimals: 1).aligned(right: 8)
  }

  private func isListed(_ category: TimeCategory) -> Bool {
    !category.isExceptional || report.selection.categories[category.rawValue].samples > 0
  }

  private func isUnrecorded(_ category: TimeCategory) -> Bool {
    !profile.recording.recordsBlocked && (category == .blockedHolding || category == .idle)
  }

  /// What a reader of the figures must know to read them rightly.
  private func remarks(_ times: [Int64], _ total: Int64) -> [String] {
    var remarks: [String] = []
    let stateless = report.selection.amount(.running, .none).time
    if stateless > 0 {
      let seconds = NumberText.seconds(stateless, decimals: NumberText.decimals(forLargest: total))
      remarks.append("Native time includes \(seconds) s without a Python thread state.")
    }
    let hidden = report.hiddenTimeText
    if !hidden.isEmpty { remarks.append("Left out below: \(hidden); -i shows it.") }
    if !profile.recording.recordsBlocked {
      remarks.append("Only time on the CPU was recorded: time asleep or blocked is missing.")
    }
    return remarks
  }

  func color(of category: TimeCategory) -> TextStyle.Color {
    switch category {
    case .held: .yellow
    case .native: .cyan
    case .waiting: .red
    case .blockedHolding: .magenta
    case .runnable: .green
    case .idle, .unknown, .unknownAway: .dim
    }
  }
}
