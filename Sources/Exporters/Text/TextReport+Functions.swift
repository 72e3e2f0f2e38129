import ProfileModel
import SampleTypes

extension TextReport {
  /// The functions with most time, a column per GIL state that occurs in them.
  func functionLines() -> [String] {
    let tree = report.callTree()
    let rows = FunctionTable(tree, sort: options.sort).rows
    let listed = listed(rows)
    guard !listed.isEmpty else {
      return report.onlyHiddenTime.map {
        ["Nothing else is shown: all of it is hidden unless asked for (\($0)); -i shows it."]
      } ?? ["No function passes the filters."] + framelessLines(tree)
    }
    let columns = Columns(
      tree, listed, style: style, sort: options.sort,
      isFreeThreaded: profile.target.isFreeThreaded, width: width)
    let hotLines = HotLines(report)
    let key = options.sort == .selfTime ? "self" : "total"
    let shown = NumberText.seconds(
      tree.total, decimals: NumberText.decimals(forLargest: tree.total))
    let count = NumberText.grouped(Int64(rows.count))
    let note =
      "\(NumberText.grouped(Int64(listed.count))) of \(count)"
      + (listed.count < rows.count ? " (-l 0 lists all)" : "") + "; % of \(shown) s"
    var lines = [heading("Functions by \(key) time, in seconds", note: note)]
    lines.append(style.paint(columns.header + "  function", .dim))
    for row in listed { lines += self.lines(of: row, columns, hotLines) }
    return lines + framelessLines(tree)
  }

  /// Without an explicit limit, functions that only call others are no news in a list by self time.
  private func listed(_ rows: [FunctionTable.Row]) -> ArraySlice<FunctionTable.Row> {
    if let limit = options.limit { return limit > 0 ? rows.prefix(limit) : rows[...] }
    let first = rows.prefix(20)
    return options.sort == .selfTime ? first.prefix { !$0.own.isZero } : first
  }

  /// Figures, kind, name and place; the place has a line of its own where it finds no room.
  private func lines(
    of row: FunctionTable.Row, _ columns: Columns, _ hotLines: HotLines
  ) -> [String] {
    let function = profile.functions[Int(row.function)]
    let name = FunctionName(function)
    let indent = columns.width + 4
    let room = width - indent
    let place = place(of: function, name, hotLines.lines[row.function])
    let start =
      columns.figures(row) + "  " + style.paint(function.kind.letter, color(of: function.kind))
      + " " + safe(name, columns: room)
    guard !place.isEmpty else { return [start] }
    let shown = safe(place.hasPrefix("[") ? place : "(\(place))", columns: width - 4)
    if min(name.short.displayWidth, room) + 1 + shown.displayWidth <= room {
      return [start + style.paint(" \(shown)", .dim)]
    }
    let blanks = min(indent, width - shown.displayWidth)
    return [start, String(repeating: " ", count: blanks) + style.paint(shown, .dim)]
  }

  /// File or module, without what the name says already, and the line with most time.
  private func place(of function: Function, _ name: FunctionName, _ hot: HotLines.Line?) -> String {
    let spelling = FrameSpelling(profile: profile)
    let place = ModuleFileName.withoutABI(spelling.location(of: function))
    let isTold = spelling.isNameless(function) || name.cython?.isOf(module: place) == true
    let hotPlace = hotPlace(in: function, hot)
    return [isTold ? "" : place, hotPlace].filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// `hottest line 57` of Python, whose file is told already; `solve.c:12` of native code.
  private func hotPlace(in function: Function, _ hot: HotLines.Line?) -> String {
    guard options.showsLines, !function.file.isEmpty, let hot, hot.line > 0 else { return "" }
    if function.kind == .python && hot.line == function.line && hot.time == hot.whole { return "" }
    let file = function.file.split(separator: "/").last.map(String.init) ?? ""
    let line = function.kind == .python ? "\(hot.line)" : "\(file):\(hot.line)"
    if function.kind != .python && hot.time == hot.whole { return line }
    if hot.isMost { return "hottest line \(line)" }
    return "\(NumberText.percent(hot.time, of: hot.whole)) % in \(line)"
  }

  /// Of a long dotted name the end tells most.
  private func safe(_ name: FunctionName, columns: Int) -> String {
    safe(name.short, columns: columns, losing: name.cython == nil ? .middle : .start)
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
    private let states: [GilState]
    /// States that divide the other time; none where the names would have too little room.
    private var otherStates: [GilState] = []
    private let whole: Int64
    private let decimals: Int
    private let cell: Int
    private let sort: ReportOptions.SortKey
    private let style: TextStyle
    private let isFreeThreaded: Bool

    init(
      _ tree: CallTree, _ rows: ArraySlice<FunctionTable.Row>, style: TextStyle,
      sort: ReportOptions.SortKey, isFreeThreaded: Bool, width: Int
    ) {
      let key = { (row: FunctionTable.Row) in sort == .selfTime ? row.own : row.total }
      let other = { (row: FunctionTable.Row) in sort == .selfTime ? row.total : row.own }
      states = GilState.allCases.filter { state in rows.contains { key($0)[state] > 0 } }
      whole = tree.total
      decimals = NumberText.decimals(forLargest: whole)
      cell = max(7, NumberText.seconds(whole, decimals: decimals).count + 2)
      self.sort = sort
      self.style = style
      self.isFreeThreaded = isFreeThreaded
      let all = GilState.allCases.filter { state in rows.contains { other($0)[state] > 0 } }
      // One state alone divides nothing.
      if all.count > 1, all.reduce(self.width, { $0 + self.width(of: $1) }) + 60 <= width {
        otherStates = all
      }
    }

    var width: Int { (states + otherStates).reduce(cell * 2 + 7) { $0 + width(of: $1) } }

    var header: String {
      let (first, last) = sort == .selfTime ? ("self", "total") : ("total", "self")
      let names = states.map { heading(of: $0).aligned(right: width(of: $0)) }
      return first.aligned(right: cell) + "%".aligned(right: 7) + names.joined()
        + last.aligned(right: cell)
        + otherStates.map { heading(of: $0).aligned(right: width(of: $0)) }.joined()
    }

    func figures(_ row: FunctionTable.Row) -> String {
      let (key, other) = sort == .selfTime ? (row.own, row.total) : (row.total, row.own)
      let share = NumberText.percent(key.sum, of: whole).aligned(right: 7)
      let columns = states.map { seconds(key[$0], width: width(of: $0)) }
      let first = seconds(key.sum, width: cell)
      return (key.isZero ? first : style.paint(first, .bold)) + share + columns.joined()
        + seconds(other.sum, width: cell)
        + otherStates.map { seconds(other[$0], width: width(of: $0)) }.joined()
    }

    private func width(of state: GilState) -> Int { max(cell, heading(of: state).utf8.count + 1) }

    private func heading(of state: GilState) -> String {
      switch state {
      case .held where isFreeThreaded: "attached"
      case .released where isFreeThreaded: "detached"
      case .held, .released, .waiting, .none, .unknown: state.name
      }
    }

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
