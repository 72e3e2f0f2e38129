import ProfileModel

extension TextReport {
  /// Columns of one figure: at least eight characters and a blank, see `NumberText.decimals`.
  private var cell: Int { 9 }

  /// One line a thread, busiest first, with its time by headline category.
  func threadLines() -> [String] {
    let busiest = threadsByTime()
    let limit = options.limit ?? 20
    let listed = limit > 0 ? busiest.prefix(limit) : busiest[...]
    guard !listed.isEmpty else { return [] }
    let categories = TimeCategory.allCases.filter { category in
      busiest.contains { report.selection.threads[$0][category.rawValue].samples > 0 }
    }
    let decimals = NumberText.decimals(forLargest: time(ofThread: busiest[0]))
    var lines = [heading("Threads, in seconds")]
    lines.append(
      style.paint(
        categories.map { $0.column(profile.target).aligned(right: cell) }.joined() + "  thread", .dim))
    for thread in listed {
      lines.append(line(thread, categories, decimals: decimals))
    }
    let rest = busiest.dropFirst(listed.count)
    if !rest.isEmpty { lines.append(restLine(rest, decimals: decimals)) }
    return lines
  }

  private func line(_ index: Int, _ categories: [TimeCategory], decimals: Int) -> String {
    let thread = profile.threads[index]
    let amounts = report.selection.threads[index]
    let figures = categories.map { category in
      let time = amounts[category.rawValue].time
      return time == 0
        ? style.paint(style.zero.aligned(right: cell), .dim)
        : NumberText.seconds(time, decimals: decimals).aligned(right: cell)
    }
    let room = width - categories.count * cell - 2
    let id = " (\(thread.tid))"
    let long = " (\(thread.tid), never ran Python)"
    let origin = thread.isPython || room - long.count < 10 ? id : long
    return figures.joined() + "  " + safe(thread.name, columns: room - origin.count)
      + style.paint(origin, .dim)
  }

  private func restLine(_ rest: ArraySlice<Int>, decimals: Int) -> String {
    let sum = rest.reduce(Int64(0)) { $0 &+ time(ofThread: $1) }
    let seconds = NumberText.seconds(sum, decimals: decimals)
    return style.paint(
      "  and \(rest.count) more thread\(plural(rest.count)) with \(seconds) s together", .dim)
  }

  /// Threads with a sample, by all their time but what is hidden by default.
  private func threadsByTime() -> [Int] {
    let busy = profile.threads.indices.map {
      report.selection.time(ofThread: $0) { !$0.isHiddenByDefault }
    }
    return profile.threads.indices.filter { index in
      report.selection.threads[index].contains { $0.samples > 0 }
    }.sorted { (busy[$1], $0) < (busy[$0], $1) }
  }

  private func time(ofThread thread: Int) -> Int64 {
    report.selection.time(ofThread: thread)
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
