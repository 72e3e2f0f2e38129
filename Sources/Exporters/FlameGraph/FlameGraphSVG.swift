import ProfileModel
import SampleTypes

/// The flame graph as one SVG file that carries its own script: no request leaves it.
///
/// Without a script (in an `<img>`, in an editor) it is a complete picture of 1,200 px; with one it
/// fills the window, zooms and searches.
struct FlameGraphSVG {
  /// Sizes in pixels.
  enum Metrics {
    static let width = 1200
    static let margin = 10
    static let header = 113
    static let footer = 28
    static let row = 17
    /// Advance of a character in the 12 px monospace font; the script measures the real one.
    static let character = 7.2
  }

  let report: Report
  let tree: CallTree
  let layout: FlameLayout
  /// What the order from left to right is, where it is not that of the names.
  let orderNote: String?
  /// What the user should know, if calls had to be joined.
  let remark: String?
  /// Set where two recordings are compared: `report` is then the second one.
  let comparison: Comparison?
  /// For each node of the tree what became of it; empty where nothing is compared.
  let changes: [Change]
  /// What is written about each frame of the tree, escaped once.
  private let names: [Name]

  private struct Name {
    var text: String
    /// `text` as XML.
    var escaped: [UInt8]
    /// Lines that end the tooltip, as XML: where it comes from, and its symbol where `text` is not
    /// all of that.
    var origin: [[UInt8]]
    /// A dotted name that may lose its scopes in a label.
    let hasScopes: Bool

    /// Names longer than any screen would only make the file large.
    init(_ text: String, origin: [String] = [], hasScopes: Bool = false) {
      self.hasScopes = hasScopes
      self.text = text.shortened(to: 300)
      escaped = Self.escape(self.text)
      self.origin = origin.filter { !$0.isEmpty }.map { Self.escape($0.shortened(to: 300)) }
    }

    var cost: Int { origin.reduce(260 + escaped.count) { $0 + $1.count } }

    private static func escape(_ text: String) -> [UInt8] {
      var buffer = TextBuffer()
      buffer.append(xml: text)
      return buffer.bytes
    }
  }

  init(_ report: Report) {
    if report.options.isFlameChart {
      let chart = FlameChart(report)
      let order = chart.timeline.orderNote ?? "from left to right as it happened"
      self.init(report, chart.tree, orderNote: order, remark: chart.timeline.remark)
    } else {
      self.init(report, report.callTree())
    }
  }

  /// Two recordings: a tower of each, coloured by what changed.
  init(_ comparison: Comparison) {
    let compared = ComparedTree(comparison)
    self.init(
      comparison.after, compared.tree, comparison: comparison, changes: compared.changes)
  }

  private init(
    _ report: Report, _ tree: CallTree, orderNote: String? = nil, remark: String? = nil,
    comparison: Comparison? = nil, changes: [Change] = []
  ) {
    self.report = report
    self.tree = tree
    self.orderNote = orderNote
    self.remark = remark
    self.comparison = comparison
    self.changes = changes
    let names = tree.frames.map { Self.name(of: $0, report.profile) }
    // Labels are not counted: those of one level have no more characters than fit its width.
    let costs = names.map(\.cost)
    let nodes = tree.nodes
    layout = FlameLayout(
      tree, limits: FlameLayout.Limits(minimumWidth: tree.total / 12_000),
      cost: { costs[Int(nodes[$0].frame)] })
    self.names = names
  }

  var height: Int { Metrics.header + layout.levels * Metrics.row + Metrics.footer }

  func write(to sink: inout some ByteSink) {
    var text = TextBuffer()
    writeHead(&text)
    for box in layout.boxes {
      write(box, to: &text)
      text.flushIfLarge(to: &sink)
    }
    writeTail(&text)
    text.flush(to: &sink)
  }

  private static func name(of frame: TreeFrame, _ profile: Profile) -> Name {
    guard frame.function >= 0 else { return Name(frame.name) }
    let function = profile.functions[Int(frame.function)]
    let text = FrameSpelling(profile: profile).spell(
      function: frame.function, line: frame.line, isInlined: frame.isInlined, .short)
    let name = FunctionName(function)
    let symbol = name.short == function.name ? "" : function.name
    if function.file.isEmpty {
      let module = function.module >= 0 ? profile.modules[Int(function.module)].path : ""
      return Name(text, origin: [module, symbol], hasScopes: name.cython != nil)
    }
    let line = frame.line > 0 ? ":\(frame.line)" : ""
    return Name(text, origin: [function.file + line, symbol])
  }

  // MARK: Boxes

  private func write(_ box: FlameLayout.Box, to text: inout TextBuffer) {
    let node = tree.nodes[Int(box.node)]
    let frame = tree.frames[Int(node.frame)]
    let name = names[Int(node.frame)]
    let left = position(box.x)
    let right = position(box.x + box.width)
    let y = top(ofLevel: Int(box.level))
    text.append(name.hasScopes ? "<g class=\"scoped\"><title>" : "<g><title>")
    text.append(bytes: name.escaped)
    if changes.isEmpty {
      writeTimes(of: node, to: &text)
    } else {
      text.append("\n")
      text.append(changes[Int(box.node)].sentence)
    }
    for line in name.origin {
      text.append("\n")
      text.append(bytes: line)
    }
    text.append("</title><rect x=\"")
    text.append(fixed: left, decimals: 4)
    text.append("%\" y=\"")
    text.append(decimal: Int64(y))
    text.append("\" width=\"")
    text.append(fixed: right - left, decimals: 4)
    text.append("%\" height=\"16\" rx=\"2\" fill=\"")
    text.append(
      changes.isEmpty ? FlameColor(frame, node.total) : FlameColor(changes[Int(box.node)]))
    text.append("\"/>")
    writeLabel(name, left: left, width: right - left, y: y, to: &text)
    text.append("</g>\n")
  }

  /// Millionths of the width. Both edges of a box are rounded, never its width, so that children
  /// stay inside their parents and neighbours touch.
  private func position(_ time: Int64) -> Int64 {
    scaledShare(time, of: layout.total, scale: 1_000_000)
  }

  private func top(ofLevel level: Int) -> Int {
    let row = report.options.inverted ? level : layout.levels - 1 - level
    return Metrics.header + row * Metrics.row
  }

  private func writeLabel(
    _ name: Name, left: Int64, width: Int64, y: Int, to text: inout TextBuffer
  ) {
    let pixels = Double(width) / 1e6 * Double(Metrics.width - 2 * Metrics.margin)
    let columns = Int((pixels - 6) / Metrics.character)
    // The script adds labels to boxes that become wide enough.
    guard columns >= 3 else { return }
    text.append("<text x=\"")
    text.append(fixed: left, decimals: 4)
    text.append("%\" dx=\"3\" y=\"")
    text.append(decimal: Int64(y + 12))
    text.append("\">")
    let label = name.hasScopes ? name.text.losingScopes(toColumns: columns) : name.text
    text.append(xml: label.truncated(toColumns: columns))
    text.append("</text>")
  }

  private func writeTimes(of node: CallTree.Node, to text: inout TextBuffer) {
    text.append("\n")
    append(seconds: node.total.sum, to: &text)
    text.append(", ")
    text.append(fixed: scaledShare(node.total.sum, of: layout.total, scale: 10_000), decimals: 2)
    text.append(" %; self ")
    append(seconds: node.own.sum, to: &text)
    text.append("\n")
    var separator: StaticString = ""
    for state in GilState.allCases where node.total[state] > 0 {
      text.append(separator)
      text.append(state.tooltipName(report.profile.target))
      text.append(" ")
      append(seconds: node.total[state], to: &text)
      separator = ", "
    }
  }

  private func append(seconds time: Int64, to text: inout TextBuffer) {
    text.append(fixed: roundedQuotient(time, 1_000_000), decimals: 3)
    text.append(" s")
  }
}

extension GilState {
  fileprivate func tooltipName(_ target: TargetDescription) -> StaticString {
    switch self {
    case .held: target.isFreeThreaded ? "attached" : "GIL held"
    case .released: target.isFreeThreaded ? "detached" : "released"
    case .waiting: "waiting"
    case .none: "no Python state"
    case .unknown: "unknown"
    }
  }
}

extension String {
  /// `Tree.predict (_tree.so)` of `sklearn.tree._tree.Tree.predict (_tree.so)`: without as many
  /// scopes as must go for the rest of the name, if not what follows it, to fit.
  fileprivate func losingScopes(toColumns columns: Int) -> String {
    guard displayWidth > columns else { return self }
    let name = prefix { $0 != " " && $0 != "[" }
    var start = startIndex
    while self[start..<name.endIndex].utf8.count + 2 > columns,
      let dot = self[start..<name.endIndex].firstIndex(of: ".")
    {
      start = index(after: dot)
    }
    return String(self[start...])
  }

  /// The start of a name and two dots, as flame graphs have it.
  fileprivate func truncated(toColumns columns: Int) -> String {
    guard displayWidth > columns else { return self }
    var rest = columns - 2
    return String(
      unicodeScalars.prefix {
        rest -= $0.displayWidth
        return rest >= 0
      }) + ".."
  }
}
