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
    text.append("</svg>\n<g id=\"head\"><rect class=\"bar\" width=\"100%\" height=\"109\"/>\n")
    append("title", y: 24, title.shortened(to: 110), to: &text)
    append("subtitle", y: 46, comparison.map(changeText) ?? subtitle, to: &text)
    append("coverage", y: 63, comparison.map(scaleText) ?? coverage, to: &text)
    append("facts", y: 79, comparison.map(noiseText) ?? facts, to: &text)
    writeLegend(&text)
    text.append(
      """
      <text id="reset" class="right" x="100%" dx="-244" y="24" style="display:none">Reset zoom</text>
      <foreignObject id="field" x="100%" y="7" width="226" height="24" transform="translate(-236)" \
      style="display:none">\
      <input xmlns="http://www.w3.org/1999/xhtml" id="search" type="search" \
      placeholder="search: / or Ctrl-F" spellcheck="false" autocomplete="off"/></foreignObject>
      <text id="matched" class="right" x="100%" dx="-10" y="63"/>
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

  private var title: String { report.profile.title }

  /// What the drawn time was: the shares are those of the root box.
  private var subtitle: String {
    let times = drawnTimes
    let shares = NumberText.shares(times)
    // The text report's split is of all time, of which some may not be drawn.
    let basis = report.hiddenTime.isEmpty ? "" : "of what is drawn: "
    let warnings = report.quality.briefWarnings.map { "WARNING: \($0) · " }.joined()
    return warnings + basis
      + TimeCategory.allCases.filter { times[$0.rawValue] > 0 }.map { category in
        "\(category.shortLabel(report.profile.target)) \(NumberText.fixed(shares[category.rawValue], decimals: 1)) %"
      }.joined(separator: " · ")
  }

  /// By category; zero where that is hidden.
  private var drawnTimes: [Int64] {
    let times = report.selection.categories.map(\.time)
    return TimeCategory.allCases.map { report.options.filter.hides($0) ? 0 : times[$0.rawValue] }
  }

  /// How much of all the time of the threads is drawn, and what the rest was.
  private var coverage: String {
    let all = report.selection.categories.reduce(Int64(0)) { $0 &+ $1.time }
    let decimals = NumberText.decimals(forLargest: all)
    let drawn = NumberText.seconds(drawnTimes.reduce(0, &+), decimals: decimals)
    let hidden = report.hiddenTimeText
    guard !hidden.isEmpty else { return "drawn: all \(drawn) thread-seconds" }
    return "drawn: \(drawn) of \(NumberText.seconds(all, decimals: decimals)) thread-seconds"
      + " · not drawn: \(hidden)"
  }

  /// Size and quality of the recording, and what the picture leaves out.
  private var facts: String {
    let profile = report.profile
    let samples = Int64(profile.samples.count)
    var parts = [
      "\(NumberText.seconds(profile.recording.duration, decimals: 1)) s at \(profile.recording.rate) Hz",
      "\(NumberText.grouped(samples)) samples",
      "\(NumberText.grouped(profile.ledger.lostSamples)) records lost",
      report.quality.completeText, report.startText,
    ].filter { !$0.isEmpty }
    parts += prunedText
    if let orderNote { parts.append(orderNote) }
    return (parts + report.options.conditions).joined(separator: " · ")
  }

  private var prunedText: [String] {
    guard layout.leftOut > 0 else { return [] }
    let width = NumberText.fixed(
      scaledShare(layout.minimumWidth, of: layout.total, scale: 100_000), decimals: 3)
    let plural = layout.leftOut == 1 ? "" : "s"
    let count = NumberText.grouped(Int64(layout.leftOut))
    return ["\(count) frame\(plural) under \(width) % not drawn"]
  }

  // MARK: Two recordings

  private func changeText(_ comparison: Comparison) -> String {
    "before and after: " + (changes.first ?? Change()).sentence
  }

  private func scaleText(_ comparison: Comparison) -> String {
    let warnings = zip(["before", "after"], [comparison.before, comparison.after]).flatMap {
      label, report in report.quality.briefWarnings.map { "WARNING, \(label): \($0)" }
    }
    let dates = [comparison.before, comparison.after].map(\.startText).filter { !$0.isEmpty }
    let hint = comparison.scale == 1 ? [] : ["--absolute compares seconds"]
    return
      (warnings + [ComparisonText(comparison).headline] + hint
      + (dates.count == 2 ? ["recorded " + dates.joined(separator: " and ")] : []))
      .joined(separator: " · ")
  }

  private func noiseText(_ comparison: Comparison) -> String {
    let changed = comparison.functions.filter { $0.total.difference != 0 }
    let noise = Int64(changed.count { !$0.total.isSignificant })
    return
      ([
        "\(NumberText.grouped(noise)) of \(NumberText.grouped(Int64(changed.count))) changes"
          + " of functions are within sampling noise"
      ] + prunedText + report.options.conditions)
      .joined(separator: " · ")
  }

  private func append(
    _ id: String, y: Int, _ content: String, to text: inout TextBuffer
  ) {
    text.append("<text id=\"\(id)\" x=\"10\" y=\"\(y)\">")
    text.append(xml: content.shortened(to: 180))
    text.append("</text>\n")
  }

  /// Frames keep their own colours in dark mode: their text is made for them.
  private static let style: StaticString = """
    svg{font:12px Verdana,"DejaVu Sans",sans-serif}
    :root{background:#fff}#paper,.bar{fill:#fff}text{fill:#222}
    #title{font-size:16px;font-weight:bold}#subtitle{font-weight:bold}#coverage,#facts{fill:#666}.right{text-anchor:end}
    #frames{font:12px Menlo,Consolas,"DejaVu Sans Mono",monospace}
    #legend text{font-size:11px}#legend .on{fill:#111}
    #frames text{fill:#111;pointer-events:none}#frames g{cursor:pointer}
    #frames rect:hover{stroke:#000;stroke-width:1}
    #frames .hit rect{fill:#f070f0}#frames .cur rect{stroke:#000;stroke-width:2}
    #frames .anc rect{fill-opacity:.4}
    #reset{cursor:pointer;text-decoration:underline}
    #search{box-sizing:border-box;width:100%;height:100%;font:12px Verdana,sans-serif;\
    border:1px solid #999;border-radius:4px;padding:2px 6px;background:#fff;color:#222}
    @media(prefers-color-scheme:dark){:root{background:#17191e}#paper,.bar{fill:#17191e}text{fill:#ddd}#coverage,#facts{fill:#999}\
    #frames rect:hover,#frames .cur rect{stroke:#fff}\
    #frames .anc rect{fill-opacity:.25}#frames .anc text{fill:#ddd}\
    #search{background:#23262d;color:#ddd;border-color:#555}}
    @media print{:root{background:#fff}#coverage,#facts{fill:#444}#head{transform:none}#field,#reset,#foot{display:none}#paper,.bar{fill:#fff}text{fill:#222}}
    """
}
