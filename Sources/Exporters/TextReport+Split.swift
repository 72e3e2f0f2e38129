import ProfileModel

extension TextReport {
  /// Where the time went, by headline category; the shares add up to 100 %.
  func splitLines() -> [String] {
    let amounts = report.selection.categories
    let times = amounts.map(\.time)
    let total = times.reduce(0, &+)
    let shares = NumberText.shares(times)
    let decimals = NumberText.decimals(forLargest: total)
    let barWidth = min(width - 46, 60)
    var lines = [
      heading("Where the time went".padded(to: 26 + barWidth)) + "   seconds       %"
    ]
    for category in TimeCategory.allCases where isListed(category, amounts[category.rawValue]) {
      let time = times[category.rawValue]
      let share = shares[category.rawValue]
      let figures =
        time == 0 && isUnrecorded(category)
        ? "not recorded".aligned(right: 18)
        : NumberText.seconds(time, decimals: decimals).aligned(right: 10)
          + NumberText.fixed(share, decimals: 1).aligned(right: 8)
      lines.append(
        "  " + category.label.padded(to: 24)
          + style.paint(style.bar(share: share, width: barWidth), color(of: category)) + figures)
    }
    lines.append(
      "  " + "all threads".padded(to: 24 + barWidth)
        + NumberText.seconds(total, decimals: decimals).aligned(right: 10)
        + (total > 0 ? "100.0" : "0.0").aligned(right: 8))
    return lines + hiddenLines(amounts, total)
  }

  /// Runnable time is shown only where there is some: it is no part of the headline.
  private func isListed(_ category: TimeCategory, _ amount: Selection.Amount) -> Bool {
    category != .runnable || amount.samples > 0
  }

  private func isUnrecorded(_ category: TimeCategory) -> Bool {
    !profile.recording.recordsBlocked && (category == .blockedHolding || category == .idle)
  }

  private func hiddenLines(_ amounts: [Selection.Amount], _ total: Int64) -> [String] {
    let idle = amounts[TimeCategory.idle.rawValue].time
    if options.filter.hidesIdle && idle > 0 {
      let share = NumberText.percent(idle, of: total)
      return [
        style.paint("  Blocked / idle time (\(share) %) is left out below; -i shows it.", .dim)
      ]
    }
    guard !profile.recording.recordsBlocked else { return [] }
    return [
      style.paint(
        "  Only time on the CPU was recorded: time asleep or blocked is in no line above.", .dim)
    ]
  }

  func color(of category: TimeCategory) -> TextStyle.Color {
    switch category {
    case .held: .yellow
    case .native: .cyan
    case .waiting: .red
    case .blockedHolding: .magenta
    case .runnable: .green
    case .idle: .dim
    }
  }
}
