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
    [style.paint(page.safe(headline, columns: page.width), .bold)]
      + zip(["before", "after"], facts).map { label, facts in
        style.paint(label.padded(to: 8), .bold) + page.safe(facts, columns: page.width - 8)
      } + scaleRemarks.flatMap(remark) + warnings.map { style.paint($0, .yellow) }
  }

  /// `71.20 s → 51.50 s (-27.7 %), compared as they are: both are whole runs`.
  var headline: String {
    let durations = [comparison.before, comparison.after].map { $0.profile.recording.duration }
    let seconds = durations.map { NumberText.seconds($0, decimals: 2) + " s" }
    let change = Change(before: Double(durations[0]), after: Double(durations[1])).percentText
    let times = seconds.joined(separator: " \(style.becomes) ")
    guard comparison.isAbsolute else { return "\(times), compared as if both had lasted as long" }
    let why = comparison.isAutomatic ? ": both are whole runs of a command" : ""
    return "\(times)\(change.isEmpty ? "" : " (\(change))"), compared as they are\(why)"
  }

  /// What is wrong with either recording, line by line.
  var warnings: [String] {
    zip(["before", "after"], [comparison.before, comparison.after]).flatMap { label, report in
      report.quality.warnings.flatMap { page.wrapped("WARNING, \(label): \($0)", indent: 0) }
    }
  }

  /// Of each of the two.
  var facts: [String] {
    [comparison.before, comparison.after].map { report in
      let recording = report.profile.recording
      return [
        "\(NumberText.seconds(recording.duration, decimals: 2)) s",
        "\(NumberText.grouped(Int64(report.profile.samples.count))) samples", report.startText,
        report.profile.title,
      ].filter { !$0.isEmpty }.joined(separator: style.separator)
    }
  }

  /// All that a reader of the figures must know.
  var remarks: [String] { scaleRemarks + hiddenRemarks + [noiseRemark] }

  private var scaleRemarks: [String] {
    guard comparison.scale != 1 else {
      return comparison.isAutomatic && comparison.isAbsolute
        ? ["--scaled compares them as if both had lasted as long."] : []
    }
    let factor = NumberText.fixed(Change.integer(comparison.scale * 1000), decimals: 3)
    return [
      "Times after are multiplied by \(factor), as if both had lasted as long; --absolute compares"
        + " them as they are."
    ]
  }

  private var hiddenRemarks: [String] {
    let hidden = [comparison.before, comparison.after].map(\.hiddenTimeText)
    guard hidden.contains(where: { !$0.isEmpty }) else { return [] }
    let sides = zip(["before", "after"], hidden).map { "\($0) \($1.isEmpty ? "nothing" : $1)" }
    return ["Left out below: \(sides.joined(separator: "; ")); -i shows it."]
  }

  // MARK: Split

  private func splitLines() -> [String] {
    [page.heading("Where the time went".padded(to: 26)) + headings]
      + split.map { label, figures in
        "  " + label.padded(to: 24)
          + figures.map { $0.aligned(right: Self.cell) }.joined()
      } + hiddenRemarks.flatMap(remark)
  }

  /// Time before and after, the change and its share, by category and in all.
  var split: [(label: String, figures: [String])] {
    let before = comparison.before.selection.categories.map { Double($0.time) }
    let after = comparison.after.selection.categories.map { Double($0.time) * comparison.scale }
    let rows = TimeCategory.allCases.filter {
      before[$0.rawValue] > 0 || after[$0.rawValue] > 0
    }.map { category in
      let change = Change(before: before[category.rawValue], after: after[category.rawValue])
      return (category.label(comparison.after.profile.target), figures(change))
    }
    let whole = Change(before: before.reduce(0, +), after: after.reduce(0, +))
    return rows + [("all threads", figures(whole))]
  }

  /// Words for the reader of the figures, broken at blanks.
  private func remark(_ text: String) -> [String] {
    page.wrapped(text, indent: 0).map { style.paint($0, .dim) }
  }

  private static let cell = 10

  private var headings: String {
    ["before", "after", "change", "%"].map { $0.aligned(right: Self.cell) }.joined()
  }

  private var decimals: Int {
    NumberText.decimals(forLargest: max(comparison.before.shownTime, comparison.after.shownTime))
  }

  private func figures(_ change: Change) -> [String] {
    let seconds = { Change.seconds($0, decimals: decimals, isSigned: $1) }
    let percent = change.percentText.split(separator: " ").first.map(String.init) ?? ""
    return [
      seconds(change.before, false), seconds(change.after, false),
      seconds(change.difference, true), percent,
    ]
  }

  // MARK: Functions

  private func functionLines() -> [String] {
    let changed = changed
    let limit = comparison.options.limit ?? 20
    let listed = limit > 0 ? changed.prefix(limit) : changed[...]
    guard !changed.isEmpty else {
      return ["No change: every function took as much \(isSelf ? "self" : "total") time as before."]
    }
    var lines = [
      page.heading("Functions by change of \(isSelf ? "self" : "total") time, in seconds"),
      style.paint(headings + "    function", .dim),
    ]
    let room = page.width - 4 * Self.cell - 4
    for change in listed {
      let isNoise = !key(change).isSignificant
      let line =
        figures(key(change)).map { $0.aligned(right: Self.cell) }.joined()
        + (isNoise ? " \(style.approximately)  " : "    ")
        + page.safe(change.name, columns: room)
      lines.append(isNoise ? style.paint(line, .dim) : line)
    }
    if listed.count < changed.count {
      let rest = NumberText.grouped(Int64(changed.count - listed.count))
      lines += remark("\(rest) more changed (-l 0 lists all).")
    }
    return lines + remark(noiseRemark)
  }

  private var isSelf: Bool { comparison.options.sort == .selfTime }

  private func key(_ change: FunctionChange) -> Change { isSelf ? change.own : change.total }

  private var changed: [FunctionChange] {
    comparison.functions.filter { key($0).difference != 0 }
  }

  private var noiseRemark: String {
    let changed = changed
    let significant = changed.count { key($0).isSignificant }
    let noise = NumberText.grouped(Int64(changed.count - significant))
    return
      "\(NumberText.grouped(Int64(significant))) of \(NumberText.grouped(Int64(changed.count)))"
      + " changes are more than sampling noise; \(noise) (\(style.approximately)) are within it."
      + (significant > 0
        ? " About one in 20 called more than noise may be noise all the same." : "")
      + " Two runs of the same program can differ by more: machines are never twice the same."
  }
}
