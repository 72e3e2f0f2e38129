import ProfileModel
import SampleTypes

extension TextReport {
  /// Native code that kept other Python threads from running, and native code that let them run.
  func nativeCallLines() -> [String] {
    let table = NativeCallTable(report)
    let total = report.shownTime
    let decimals = NumberText.decimals(forLargest: total)
    let sections: [(GilState, String, String)] =
      profile.target.isFreeThreaded
      ? [
        (.held, "Attached", "native code by the Python line that called"),
        (.released, "Detached", "native code by the Python line that called"),
      ]
      : [
        (
          .held, "Release the GIL here", "native code that holds it, by the Python line that called"
        ),
        (.released, "Already parallel", "native code that has let the GIL go"),
      ]
    var lines: [String] = []
    for (state, title, note) in sections {
      let rows = table.rows(in: state)
      guard !rows.isEmpty || (state == .held && !table.rows(in: state, ofInterpreter: true).isEmpty)
      else { continue }
      if !lines.isEmpty { lines.append("") }
      let base = "; % of \(NumberText.seconds(total, decimals: decimals)) s"
      let fits = title.count + 2 + note.count + base.count <= width
      lines.append(heading(title, note: note + (fits ? base : "")))
      lines += listed(rows).map { line($0, state, table, of: total) }
      lines += remainder(of: rows, state, of: total)
      if state == .held { lines += interpreterLines(table, of: total) }
    }
    return lines
  }

  private func listed(
    _ rows: [NativeCallTable.Row]
  ) -> ArraySlice<NativeCallTable.Row> {
    let limit = options.limit ?? 5
    return limit > 0 ? rows.prefix(limit) : rows[...]
  }

  /// What is not listed.
  private func remainder(
    of rows: [NativeCallTable.Row], _ state: GilState, of total: Int64
  ) -> [String] {
    let rest = rows.dropFirst(listed(rows).count)
    guard !rest.isEmpty else { return [] }
    let time = rest.reduce(Int64(0)) { $0 &+ $1.time[state] }
    let text = "\(NumberText.grouped(Int64(rest.count))) more call\(plural(rest.count))"
    return [figures(time, of: total) + "  " + style.paint(text, .dim)]
  }

  /// Nobody can release the GIL in `sorted` or in a regular expression, but what holds it there can be
  /// called less, or in another process. Calls of less than 2 % are only added up.
  private func interpreterLines(_ table: NativeCallTable, of total: Int64) -> [String] {
    let rows = table.rows(in: .held, ofInterpreter: true)
    guard !rows.isEmpty else { return [] }
    let time = rows.reduce(Int64(0)) { $0 &+ $1.time[.held] }
    let seconds = NumberText.seconds(time, decimals: NumberText.decimals(forLargest: total))
    let share = NumberText.percent(time, of: total)
    let title =
      "  Inside CPython itself: \(seconds) s (\(share) %); call it less, or in another process"
    let large = rows.prefix { scaledShare($0.time[.held], of: total, scale: 1000) >= 20 }
    let listed = options.limit == nil ? Array(large) : rows
    return [style.paint(safe(title, columns: width), .dim)]
      + self.listed(listed).map {
        line($0, .held, table, of: total, remark: " (inside CPython)")
      }
  }

  private func line(
    _ row: NativeCallTable.Row, _ state: GilState, _ table: NativeCallTable, of total: Int64,
    remark: String = ""
  ) -> String {
    let spelling = FrameSpelling(profile: profile)
    let callee = profile.functions[Int(table.tree.frames[Int(row.callee)].function)]
    let frame = table.tree.frames[Int(row.caller)]
    let caller = profile.functions[Int(frame.function)]
    let place = spelling.location(of: caller, line: frame.line)
    let callerPlace = place.isEmpty ? "" : " (\(place))"
    let name = FunctionName(callee)
    let module = ModuleFileName.withoutABI(spelling.location(of: callee))
    let isTold = spelling.isNameless(callee) || name.cython?.isOf(module: module) == true
    let calleeName = (isTold || module.isEmpty ? name.short : "\(name.short) (\(module))") + remark
    let room = width - figures(0, of: total).displayWidth - 2 - style.arrow.displayWidth
    let second = min(
      caller.name.displayWidth + callerPlace.displayWidth,
      max(room / 2, room - calleeName.displayWidth))
    let first = safe(
      calleeName, columns: room - second, losing: name.cython == nil ? .middle : .start)
    return figures(row.time[state], of: total) + "  " + first
      + style.paint(style.arrow, .dim) + self.caller(caller.name, callerPlace, columns: second)
  }

  /// The line is what the user looks for, so it goes last.
  private func caller(_ name: String, _ place: String, columns: Int) -> String {
    let room = columns - place.displayWidth
    guard room >= 6 else { return safe(name + place, columns: columns) }
    return safe(name, columns: room) + safe(place, columns: place.displayWidth)
  }

  private func figures(_ time: Int64, of total: Int64) -> String {
    let decimals = NumberText.decimals(forLargest: total)
    let cell = max(7, NumberText.seconds(total, decimals: decimals).count + 2)
    return NumberText.seconds(time, decimals: decimals).aligned(right: cell)
      + NumberText.percent(time, of: total).aligned(right: 7)
  }
}
