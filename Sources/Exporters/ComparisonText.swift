import ProfileModel

/// The comparison for a terminal: the two recordings, the split, the functions that changed.
struct ComparisonText {
  private let comparison: Comparison
  private let page: TextReport
  private var style: TextStyle { page.style }

  init(_ comparison: Comparison) {
    self.comparison = comparison
    page = TextReport(comparison.after)
  }

  func write(to sink: inout some ByteSink) {
    let sections = [recordingLines(), splitLines(), functionLines()]
    page.write(sections, to: &sink)
  }

  private func recordingLines() -> [String] {
    var lines = [("before", comparison.before), ("after", comparison.after)].map { label, report in
      let recording = report.profile.recording
      let facts = [
        "\(NumberText.seconds(recording.duration, decimals: 2)) s",
        "\(NumberText.grouped(Int64(report.profile.samples.count))) samples",
        report.profile.title,
      ]
      return style.paint(label.padded(to: 8), .bold)
        + page.safe(facts.joined(separator: style.separator), columns: page.width - 8)
    }
    if comparison.scale != 1 {
      let factor = NumberText.fixed(Change.integer(comparison.scale * 1000), decimals: 3)
      lines.append(
        style.paint(
          "Times after are multiplied by \(factor), as if both had lasted as long.", .dim))
    }
    return lines
  }

  // MARK: Split

  private func splitLines() -> [String] {
    let before = comparison.before.selection.categories.map { Double($0.time) }
    let after = comparison.after.selection.categories.map { Double($0.time) * comparison.scale }
    var lines = [page.heading("Where the time went".padded(to: 26)) + headings]
    for category in TimeCategory.allCases
    where before[category.rawValue] > 0 || after[category.rawValue] > 0 {
      let change = Change(before: before[category.rawValue], after: after[category.rawValue])
      lines.append(
        "  " + category.label(comparison.after.profile.target).padded(to: 24) + figures(change))
    }
    let whole = Change(before: before.reduce(0, +), after: after.reduce(0, +))
    lines.append("  " + "all threads".padded(to: 24) + figures(whole))
    return lines
  }

  private static let cell = 10

  private var headings: String {
    ["before", "after", "change", "%"].map { $0.aligned(right: Self.cell) }.joined()
  }

  private var decimals: Int {
    NumberText.decimals(forLargest: max(comparison.before.shownTime, comparison.after.shownTime))
  }

  private func figures(_ change: Change) -> String {
    let seconds = { (time: Double, isSigned: Bool) in
      Change.seconds(time, decimals: decimals, isSigned: isSigned).aligned(right: Self.cell)
    }
    let percent = change.percentText.split(separator: " ").first.map(String.init) ?? ""
    return seconds(change.before, false) + seconds(change.after, false)
      + seconds(change.difference, true) + percent.aligned(right: Self.cell)
  }

  // MARK: Functions

  private func functionLines() -> [String] {
    let isSelf = comparison.options.sort == .selfTime
    let key = { (change: FunctionChange) in isSelf ? change.own : change.total }
    let changed = comparison.functions.filter { key($0).difference != 0 }
    let significant = changed.count { key($0).isSignificant }
    let limit = comparison.options.limit ?? 20
    let listed = limit > 0 ? changed.prefix(limit) : changed[...]
    var lines = [
      page.heading("Functions by change of \(isSelf ? "self" : "total") time, in seconds"),
      style.paint(headings + "    function", .dim),
    ]
    let room = page.width - 4 * Self.cell - 4
    for change in listed {
      let isNoise = !key(change).isSignificant
      let line =
        figures(key(change)) + (isNoise ? " \(style.approximately)  " : "    ")
        + page.safe(change.name, columns: room)
      lines.append(isNoise ? style.paint(line, .dim) : line)
    }
    let noise = changed.count - significant
    lines.append(
      style.paint(
        "\(NumberText.grouped(Int64(significant))) of \(NumberText.grouped(Int64(changed.count)))"
          + " changes are more than chance; \(NumberText.grouped(Int64(noise)))"
          + " (\(style.approximately)) are within sampling noise (95 %).", .dim))
    return lines
  }
}
