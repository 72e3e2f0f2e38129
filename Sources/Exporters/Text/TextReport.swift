import ProfileModel

/// The report for a terminal: target, split, functions, threads, ledger.
struct TextReport {
  let report: Report
  let style: TextStyle
  let width: Int

  var profile: Profile { report.profile }
  var options: ReportOptions { report.options }

  init(_ report: Report) {
    self.report = report
    style = TextStyle(
      usesColor: report.options.usesColor, usesUnicode: report.options.usesUnicode)
    width = min(max(report.options.width, 80), 200)
  }

  func write(to sink: inout some ByteSink) {
    write(
      [
        targetLines(), splitLines(), functionLines(), nativeCallLines(), processLines(),
        threadLines(), ledgerLines(),
      ], to: &sink)
  }

  /// Writes what is not empty, with an empty line between.
  func write(_ sections: [[String]], to sink: inout some ByteSink) {
    var text = TextBuffer()
    for (index, lines) in sections.filter({ !$0.isEmpty }).enumerated() {
      if index > 0 { text.append("\n") }
      for line in lines { append(line, to: &text) }
    }
    text.flush(to: &sink)
  }

  /// Trailing blanks would wrap lines of terminals that are exactly as wide.
  private func append(_ line: String, to text: inout TextBuffer) {
    text.append(bytes: line.utf8.reversed().drop { $0 == UInt8(ascii: " ") }.reversed())
    text.append("\n")
  }

  func heading(_ title: String, note: String = "") -> String {
    style.paint(title, .bold) + (note.isEmpty ? "" : style.paint("  " + note, .dim))
  }

  /// A name from the target, safe for a terminal and at most `columns` wide.
  func safe(_ name: String, columns: Int, losing part: ShortenedPart = .middle) -> String {
    name.replacingHarmfulScalars(with: style.usesUnicode ? "\u{FFFD}" : "?")
      .shortened(to: columns, losing: part, ellipsis: style.ellipsis)
  }
}
