import ProfileModel

extension TextReport {
  /// The functions with most time, a column per GIL state that occurs.
  func functionLines() -> [String] {
    let tree = report.callTree()
    let rows = FunctionTable(tree, sort: options.sort).rows
    let limit = options.limit ?? 20
    let listed = limit > 0 ? rows.prefix(limit) : rows[...]
    guard !listed.isEmpty else { return ["No function passes the filters."] }
    let columns = Columns(tree, style: style, sort: options.sort)
    let key = options.sort == .selfTime ? "self" : "total"
    let count = NumberText.grouped(Int64(rows.count))
    let note =
      listed.count < rows.count ? "\(listed.count) of \(count); -l 0 lists all" : "all \(count)"
    var lines = [heading("Functions by \(key) time, in seconds", note: note)]
    lines.append(style.paint(columns.header + "  function", .dim))
    lines += listed.map { columns.figures($0) + "  " + name(of: $0, columns: columns.width) }
    return lines + framelessLines(tree)
  }

  private func name(of row: FunctionTable.Row, columns: Int) -> String {
    let function = profile.functions[Int(row.function)]
    let room = width - columns - 4
    let spelling = FrameSpelling(profile: profile)
    let place = spelling.location(of: function)
    let letter = style.paint(function.kind.letter, color(of: function.kind))
    let hasPlace = !place.isEmpty && !spelling.isNameless(function)
    guard hasPlace else { return letter + " " + safe(function.name, columns: room) }
    let placeRoom = min(place.displayWidth, max(room / 2 - 3, 8))
    let name = safe(function.name, columns: room - placeRoom - 3)
    return letter + " " + name + style.paint(" (\(safe(place, columns: placeRoom)))", .dim)
  }

  /// Time that is in no function, said rather than lost.
  private func framelessLines(_ tree: CallTree) -> [String] {
    let time = tree.nodes.reduce(Int64(0)) { sum, node in
      tree.frames[Int(node.frame)].kind == .group ? sum &+ node.own.sum : sum
    }
    guard time > 0 else { return [] }
    let decimals = NumberText.decimals(forLargest: tree.total)
    return [
      style.paint(
        "  \(NumberText.seconds(time, decimals: decimals)) s"
          + " (\(NumberText.percent(time, of: tree.total)) %) is in no frame shown.", .dim)
    ]
  }

  private func color(of kind: Function.Kind) -> TextStyle.Color {
    switch kind {
    case .python: .yellow
    case .native: .cyan
    case .kernel: .magenta
    }
  }

  /// The figures of one row: key, per cent, one column a state, and the other time.
  private struct Columns {
    private let states: [GilAxis]
    private let whole: Int64
    private let decimals: Int
    private let cell: Int
    private let sort: ReportOptions.SortKey
    private let style: TextStyle

    init(_ tree: CallTree, style: TextStyle, sort: ReportOptions.SortKey) {
      let total = tree.nodes[0].total
      states = GilAxis.allCases.filter { total[$0] > 0 }
      whole = total.sum
      decimals = NumberText.decimals(forLargest: whole)
      cell = max(8, NumberText.seconds(whole, decimals: decimals).count + 2)
      self.sort = sort
      self.style = style
    }

    var width: Int { cell * (states.count + 2) + 7 + (states.contains(.released) ? 2 : 0) }

    var header: String {
      let (first, last) = sort == .selfTime ? ("self", "total") : ("total", "self")
      let names = states.map { $0.name.aligned(right: width(of: $0)) }
      return first.aligned(right: cell) + "%".aligned(right: 7) + names.joined()
        + last.aligned(right: cell)
    }

    func figures(_ row: FunctionTable.Row) -> String {
      let (key, other) = sort == .selfTime ? (row.own, row.total) : (row.total, row.own)
      let share = NumberText.percent(key.sum, of: whole).aligned(right: 7)
      let columns = states.map { seconds(key[$0], width: width(of: $0)) }
      return style.paint(seconds(key.sum, width: cell), .bold) + share + columns.joined()
        + seconds(other.sum, width: cell)
    }

    /// "released" is the one name that is as wide as a cell.
    private func width(of state: GilAxis) -> Int { state == .released ? cell + 2 : cell }

    private func seconds(_ time: Int64, width: Int) -> String {
      time == 0
        ? style.paint(style.zero.aligned(right: width), .dim)
        : NumberText.seconds(time, decimals: decimals).aligned(right: width)
    }
  }
}

extension Function.Kind {
  fileprivate var letter: String {
    switch self {
    case .python: "P"
    case .native: "N"
    case .kernel: "K"
    }
  }
}
