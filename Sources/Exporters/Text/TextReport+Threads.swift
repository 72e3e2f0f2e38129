import ProfileModel

extension TextReport {
  /// Columns of one figure: at least eight characters and a blank, see `NumberText.decimals`.
  private var cell: Int { 9 }

  /// One line a process, busiest first, where there are several.
  func processLines() -> [String] {
    guard profile.hasSeveralProcesses else { return [] }
    let processes = ProcessGroups(profile, splitsByProcess: options.splitsByProcess)
    var amounts = processes.groups.map { _ in
      Array(repeating: Selection.Amount(), count: TimeCategory.allCases.count)
    }
    for (thread, ofThread) in zip(profile.threads, report.selection.threads) {
      let group = processes.groupOfProcess[Int(thread.process)]
      for category in ofThread.indices { amounts[group][category] &+= ofThread[category] }
    }
    let rows = zip(processes.groups, amounts).map { group, amounts in
      Row(amounts: amounts, members: group.members.count) { room in
        label(of: group, columns: room)
      }
    }
    return lines(of: rows, title: "Processes, in seconds", noun: "process")
  }

  /// `4242 python3 app.py (Python 3.11.7)`, `6 × python3 worker.py (Python 3.11.7; 11, 12, 13, …)`.
  private func label(of group: ProcessGroups.Group, columns room: Int) -> String {
    let first = profile.processes[group.members[0]]
    var remarks = first.pythonVersion.isEmpty ? [] : ["Python \(first.pythonVersion)"]
    guard group.members.count > 1 else {
      return fit(profile.label(of: first), remarks, columns: room)
    }
    let pids = group.members.prefix(3).map { String(profile.processes[$0].pid) }
    let more = group.members.count > 3 ? [style.ellipsis] : []
    remarks.append((pids + more).joined(separator: ", "))
    let name = "\(group.members.count) \(style.times) \(group.command)"
    return fit(name, remarks, columns: room)
  }

  private func fit(_ name: String, _ remarks: [String], columns room: Int) -> String {
    let remark = remarks.isEmpty ? "" : " (\(remarks.joined(separator: "; ")))"
    // A line of the table is never longer than the terminal is wide.
    guard room - remark.displayWidth >= 12 else { return safe(name, columns: room) }
    return safe(name, columns: room - remark.displayWidth) + style.paint(remark, .dim)
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
    let tid = thread.isUnnamed ? [] : [String(thread.tid)]
    let process = profile.hasSeveralProcesses ? ["process \(thread.pid)"] : []
    let never = thread.isPython ? [] : ["never ran Python"]
    let remark = { (parts: [String]) in
      parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }
    // As much as leaves room for a name; the number always, where it fits at all.
    let choice =
      [tid + process + never, tid + process].map(remark)
      .first { room - $0.displayWidth >= 10 } ?? remark(tid)
    guard choice.displayWidth < room else { return safe(thread.name, columns: room) }
    return safe(thread.name, columns: room - choice.displayWidth) + style.paint(choice, .dim)
  }

  /// One line of a table: time by headline category, and whose it is, in so many columns.
  private struct Row {
    var amounts: [Selection.Amount]
    /// Processes that the line stands for.
    var members = 1
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
    let columns = Self.columns.filter { column in
      busiest.contains { row in column.contains { row.amounts[$0.rawValue].samples > 0 } }
    }
    let decimals = NumberText.decimals(forLargest: first.time())
    var lines = [heading(title)]
    lines.append(
      style.paint(
        columns.map { $0[0].column(profile.target).aligned(right: cell) }.joined() + "  " + noun,
        .dim))
    for row in listed { lines.append(line(row, columns, decimals: decimals)) }
    let rest = busiest.dropFirst(listed.count)
    if !rest.isEmpty { lines.append(restLine(rest, noun, decimals: decimals)) }
    let missing = rows.filter { !$0.hasSamples }.reduce(0) { $0 + $1.members }
    if missing > 0 {
      lines.append(
        style.paint(
          "  \(missing) more \(plural(noun, missing)) without a sample that passes the filters",
          .dim))
    }
    return lines
  }

  private func line(_ row: Row, _ columns: [[TimeCategory]], decimals: Int) -> String {
    let figures = columns.map { column in
      let time = column.reduce(Int64(0)) { $0 &+ row.amounts[$1.rawValue].time }
      return time == 0
        ? style.paint(style.zero.aligned(right: cell), .dim)
        : NumberText.seconds(time, decimals: decimals).aligned(right: cell)
    }
    return figures.joined() + "  " + row.label(width - columns.count * cell - 2)
  }

  /// What is unknown is one column, on and off the CPU: names need the room.
  private static let columns: [[TimeCategory]] = TimeCategory.allCases.compactMap { category in
    switch category {
    case .unknown: [.unknown, .unknownAway]
    case .unknownAway: nil
    case .held, .native, .waiting, .blockedHolding, .runnable, .idle: [category]
    }
  }

  private func restLine(_ rest: ArraySlice<Row>, _ noun: String, decimals: Int) -> String {
    let sum = rest.reduce(Int64(0)) { $0 &+ $1.time() }
    let seconds = NumberText.seconds(sum, decimals: decimals)
    let count = rest.reduce(0) { $0 + $1.members }
    return style.paint(
      "  and \(count) more \(plural(noun, count)) with \(seconds) s together", .dim)
  }

  private func plural(_ noun: String, _ count: Int) -> String {
    count == 1 ? noun : noun == "process" ? "processes" : noun + "s"
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
    case .unknown, .unknownAway: "unknown"
    }
  }
}
