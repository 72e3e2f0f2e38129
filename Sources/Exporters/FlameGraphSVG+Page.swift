import ProfileModel

/// Everything around the boxes: styles, title, legend, search field, script.
extension FlameGraphSVG {
  func writeHead(_ text: inout TextBuffer) {
    let width = Int64(Metrics.width)
    text.append("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n")
    text.append("<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"")
    text.append(decimal: width)
    text.append("\" height=\"")
    text.append(decimal: Int64(height))
    text.append("\" viewBox=\"0 0 ")
    text.append(decimal: width)
    text.append(" ")
    text.append(decimal: Int64(height))
    text.append("\">\n<style>")
    text.append(Self.style)
    text.append("</style>\n<rect id=\"paper\" width=\"100%\" height=\"100%\"/>\n")
    text.append("<svg id=\"frames\" x=\"10\" width=\"")
    text.append(decimal: width - Int64(2 * Metrics.margin))
    text.append("\">\n")
  }

  func writeTail(_ text: inout TextBuffer) {
    text.append("</svg>\n<g id=\"head\"><rect class=\"bar\" width=\"100%\" height=\"92\"/>\n")
    append("title", x: "10", y: 24, title, to: &text)
    append("subtitle", x: "10", y: 46, subtitle, to: &text)
    append("facts", x: "10", y: 63, facts, to: &text)
    writeLegend(&text)
    text.append(
      """
      <rect class="bar" x="100%" width="340" height="32" transform="translate(-340)"/>
      <text id="reset" class="right" x="100%" dx="-244" y="24" style="display:none">Reset zoom</text>
      <foreignObject id="field" x="100%" y="7" width="226" height="24" transform="translate(-236)" \
      style="display:none">\
      <input xmlns="http://www.w3.org/1999/xhtml" id="search" type="search" \
      placeholder="search: / or Ctrl-F" spellcheck="false" autocomplete="off"/></foreignObject>
      <text id="matched" class="right" x="100%" dx="-10" y="81"/>
      </g>

      """)
    text.append("<g id=\"foot\" transform=\"translate(0 ")
    text.append(decimal: Int64(height - Metrics.footer))
    text.append(")\"><rect class=\"bar\" width=\"100%\" height=\"28\"/>")
    text.append("<text id=\"details\" x=\"10\" y=\"18\"/>")
    text.append("</g>\n<script><![CDATA[")
    text.append(FlameGraphScript.source)
    text.append("]]></script>\n</svg>\n")
  }

  private var title: String {
    let target = report.profile.target
    return target.command.isEmpty ? "pid \(target.pid)" : target.command
  }

  /// The split, in words short enough for a narrow window.
  private var subtitle: String {
    let times = report.selection.categories.map(\.time)
    let shares = NumberText.shares(times)
    return TimeCategory.allCases.compactMap { category in
      guard times[category.rawValue] > 0 else { return nil }
      let share = NumberText.fixed(shares[category.rawValue], decimals: 1)
      let isHidden = category == .idle && report.options.filter.hidesIdle
      return "\(category.shortLabel) \(share) %\(isHidden ? " (not drawn)" : "")"
    }.joined(separator: " · ")
  }

  /// Size and quality of the recording, and what the picture leaves out.
  private var facts: String {
    let profile = report.profile
    let merge = MergeCounts(profile)
    let samples = Int64(profile.samples.count)
    var parts = [
      "\(NumberText.seconds(profile.recording.duration, decimals: 1)) s at \(profile.recording.rate) Hz",
      "\(NumberText.grouped(samples)) samples",
      "\(NumberText.grouped(profile.ledger.lostSamples)) lost",
      "\(NumberText.percent(merge[.exact], of: merge.mergeable)) % merged exactly",
    ]
    if layout.leftOut > 0 {
      let width = NumberText.fixed(
        scaledShare(layout.minimumWidth, of: layout.total, scale: 100_000), decimals: 3)
      let plural = layout.leftOut == 1 ? "" : "s"
      let count = NumberText.grouped(Int64(layout.leftOut))
      parts.append("\(count) frame\(plural) under \(width) % not drawn")
    }
    return (parts + report.options.conditions).joined(separator: " · ")
  }

  private func append(
    _ id: String, x: String, y: Int, _ content: String, to text: inout TextBuffer
  ) {
    text.append("<text id=\"\(id)\" x=\"\(x)\" y=\"\(y)\">")
    text.append(xml: content.shortened(to: 180))
    text.append("</text>\n")
  }

  /// A swatch per kind that occurs, from all released to all held.
  private func writeLegend(_ text: inout TextBuffer) {
    var x = Metrics.margin
    text.append("<g id=\"legend\">")
    for (label, frame) in legendEntries {
      for step in 0...4 {
        text.append("<rect x=\"\(x + step * 9)\" y=\"71\" width=\"9\" height=\"12\" fill=\"")
        text.append(FlameColor(frame, heldShare: Int64(step) * 250))
        text.append("\"/>")
      }
      text.append("<text x=\"\(x + 50)\" y=\"81\">\(label)</text>")
      x += 62 + label.count * 7
    }
    text.append("<text x=\"\(x + 6)\" y=\"81\">dark: GIL held, light: not held</text></g>\n")
  }

  private var legendEntries: [(label: String, frame: TreeFrame)] {
    let present = layout.boxes.reduce(into: Set<String>()) { kinds, box in
      kinds.insert(Self.legendLabel(tree.frame(of: Int(box.node))))
    }
    // Names whose hash shifts no hue would depend on the hash: swatches use the first of a kind.
    let samples = [
      TreeFrame(name: "", kind: .python), TreeFrame(name: "", kind: .native),
      TreeFrame(name: "", kind: .native, isInlined: true), TreeFrame(name: "", kind: .kernel),
    ]
    return samples.map { (Self.legendLabel($0), $0) }.filter { present.contains($0.0) }
  }

  private static func legendLabel(_ frame: TreeFrame) -> String {
    switch frame.kind {
    case .python: "Python"
    case .native: frame.isInlined ? "inlined" : "native"
    case .kernel: "kernel"
    case .group: ""
    }
  }

  /// Frames keep their own colours in dark mode: their text is made for them.
  private static let style: StaticString = """
    svg{font:12px Verdana,"DejaVu Sans",sans-serif}
    :root{background:#fff}#paper,.bar{fill:#fff}text{fill:#222}
    #title{font-size:16px;font-weight:bold}#facts{fill:#666}.right{text-anchor:end}
    #frames{font:12px Menlo,Consolas,"DejaVu Sans Mono",monospace}
    #frames text{fill:#111;pointer-events:none}#frames g{cursor:pointer}
    #frames rect:hover{stroke:#000;stroke-width:1}
    #frames .hit rect{fill:#f070f0}#frames .cur rect{stroke:#000;stroke-width:2}
    #frames .anc rect{fill-opacity:.4}
    #reset{cursor:pointer;text-decoration:underline}
    #search{box-sizing:border-box;width:100%;height:100%;font:12px Verdana,sans-serif;\
    border:1px solid #999;border-radius:4px;padding:2px 6px;background:#fff;color:#222}
    @media(prefers-color-scheme:dark){:root{background:#17191e}#paper,.bar{fill:#17191e}text{fill:#ddd}#facts{fill:#999}\
    #frames rect:hover,#frames .cur rect{stroke:#fff}\
    #frames .anc rect{fill-opacity:.25}#frames .anc text{fill:#ddd}\
    #search{background:#23262d;color:#ddd;border-color:#555}}
    @media print{#head{transform:none}#field,#reset,#foot{display:none}#paper,.bar{fill:#fff}text{fill:#222}}
    """
}

extension TimeCategory {
  fileprivate var shortLabel: String {
    switch self {
    case .held: "GIL held"
    case .native: "native"
    case .waiting: "waiting for it"
    case .blockedHolding: "blocked holding it"
    case .runnable: "no CPU free"
    case .idle: "idle"
    }
  }
}
