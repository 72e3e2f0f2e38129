import ProfileModel

extension TextReport {
  /// Columns of one figure: at least eight characters and a blank, see `NumberText.decimals`.
  private var cell: Int { 9 }

  /// One line a process, busiest first, where there are several.
  func processLines() -> [String] {
    guard profile.hasSeveralProcesses else { return [] }
    var amounts = profile.processes.map { _ in
      Array(repeating: Selection.Amount(), count: TimeCategory.allCases.count)
    }
    for (thread, ofThread) in zip(profile.threads, report.selection.threads) {
      for category in ofThread.indices {
        amounts[Int(thread.process)][category] &+= ofThread[category]
      }
    }
    let rows = amounts.indices.map { index in
      Row(amounts: amounts[index]) { room in
        let process = profile.processes[index]
        let version = process.pythonVersion.isEmpty ? "" : " (Python \(process.pythonVersion))"
        return safe(profile.label(of: process), columns: room - version.count)
          + style.paint(version, .dim)
      }
    }
    return lines(of: rows, title: "Processes, in seconds", noun: "process")
  }

  /// One line a thread, busiest first, with its time by headline category.
  func threadLines() -> [String] {
    let rows = profile.threads.indices.map { index in
      Row(amounts: report.selection.threads[index]) { room in
        label(ofThread: profile.threads[index], columns: room)
      }
    }
    return lines(of: rows, title: "Threads, in seconds", noun: "thread")
  }

  private func label(ofThread thread: Thread, columns room: Int) -> String {
    let id = " (\(thread.tid))"
    let long = " (\(thread.tid), never ran Python)"
    let origin = thread.isPython || room - long.count < 10 ? id : long
    guard profile.hasSeveralProcesses else {
      return safe(thread.name, columns: room - origin.count) + style.paint(origin, .dim)
    }
    let name = safe(thread.name, columns: max(room - origin.count - 20, 10))
    let process = " in " + profile.label(of: profile.process(of: thread))
    let rest = room - name.displayWidth - origin.count
    return name + style.paint(origin + (rest > 5 ? safe(process, columns: rest) : ""), .dim)
  }

  /// One line of a table: time by headline category, and whose it is, in so many columns.
  private struct Row {
    var amounts: [Selection.Amount]
    var label: (_ columns: Int) -> String

    var hasSamples: Bool { amounts.contains { $0.samples > 0 } }

    /// Nanoseconds in the categories that `isShown` names.
    func time(where isShown: (TimeCategory) -> Bool = { _ in true }) -> Int64 {
      TimeCategory.allCases.reduce(0) { sum, category in
        isShown(category) ? sum &+ amounts[category.rawValue].time : sum
      }
    }
  }

  private func lines(of rows: [Row], title: String, noun: String) -> [String] {
    let busiest = Self.byTime(rows)
    let limit = options.limit ?? 20
    let listed = limit > 0 ? busiest.prefix(limit) : busiest[...]
    guard let first = listed.first else { return [] }
    let categories = TimeCategory.allCases.filter { category in
      busiest.contains { $0.amounts[category.rawValue].samples > 0 }
    }
    let decimals = NumberText.decimals(forLargest: first.time())
    var lines = [heading(title)]
    lines.append(
      style.paint(
        categories.map { $0.column(profile.target).aligned(right: cell) }.joined() + "  " + noun,
        .dim))
    for row in listed { lines.append(line(row, categories, decimals: decimals)) }
    let rest = busiest.dropFirst(listed.count)
    if !rest.isEmpty { lines.append(restLine(rest, noun, decimals: decimals)) }
    return lines
  }

  private func line(_ row: Row, _ categories: [TimeCategory], decimals: Int) -> String {
    let figures = categories.map { category in
      let time = row.amounts[category.rawValue].time
      return time == 0
        ? style.paint(style.zero.aligned(right: cell), .dim)
        : NumberText.seconds(time, decimals: decimals).aligned(right: cell)
    }
    return figures.joined() + "  " + row.label(width - categories.count * cell - 2)
  }

  private func restLine(_ rest: ArraySlice<Row>, _ noun: String, decimals: Int) -> String {
    let sum = rest.reduce(Int64(0)) { $0 &+ $1.time() }
    let seconds = NumberText.seconds(sum, decimals: decimals)
    let plural = rest.count == 1 ? noun : noun == "process" ? "processes" : noun + "s"
    return style.paint("  and \(rest.count) more \(plural) with \(seconds) s together", .dim)
  }

  /// Those with a sample, by all their time but what is hidden by default.
  private static func byTime(_ rows: [Row]) -> [Row] {
    let busy = rows.map { row in row.time { !$0.isHiddenByDefault } }
    return rows.indices.filter { rows[$0].hasSamples }
      .sorted { (busy[$1], $0) < (busy[$0], $1) }.map { rows[$0] }
  }
}

extension TimeCategory {
  /// Heading of a narrow column.
  fileprivate func column(_ target: TargetDescription) -> String {
    switch self {
    case .held: target.isFreeThreaded ? "attached" : "held"
    case .native: "native"
    case .waiting: "waiting"
    case .blockedHolding: target.isFreeThreaded ? "blk+att" : "blk+held"
    case .runnable: "no CPU"
    case .idle: "idle"
    }
  }
}
