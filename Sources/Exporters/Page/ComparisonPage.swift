import ProfileModel

/// Two recordings as one page that needs nothing else: flame graphs of both, red and blue, and a table
/// of functions.
struct ComparisonPage {
  private let comparison: Comparison
  private let stacks: ComparedStacks

  init(_ comparison: Comparison) {
    self.comparison = comparison
    stacks = ComparedStacks(comparison)
  }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    var text = TextBuffer()
    text.append(HtmlPage.head)
    text.append("<title>")
    let title = comparison.after.profile.title.shortened(to: 200)
    text.append(xml: "\(title) · before and after · hyflame")
    text.append("</title>\n<style>")
    text.append(HtmlStyle.source)
    text.append(ComparisonMarkup.style)
    text.append("</style>\n</head>\n<body>\n")
    writeHeader(&text)
    text.append(ComparisonMarkup.body)
    text.append("<script type=\"application/octet-stream\" id=\"data\">")
    text.flush(to: &sink)
    var gzip = GzipSink(Base64Sink(sink))
    writeData(to: &gzip)
    var base64 = gzip.finish()
    sink = base64.finish()
    text.append("</script>\n<script>")
    for part in ComparisonScript.parts { text.append(part) }
    text.append("</script>\n</body>\n</html>\n")
    text.flush(to: &sink)
  }

  private func writeHeader(_ text: inout TextBuffer) {
    let words = ComparisonText(comparison)
    text.append("<header>\n<h1>")
    text.append(xml: comparison.after.profile.title.shortened(to: 300))
    text.append("</h1>\n")
    writeSplit(words, &text)
    let facts =
      [("condition", words.headline)]
      + zip(["before: ", "after: "], words.facts).map { ("fact", $0 + $1) }
      + words.warnings.map { ("condition warning", $0) }
    for (kind, line) in facts + words.remarks.map({ ("dim", $0) }) {
      text.append("<p class=\"\(kind)\">")
      text.append(xml: line)
      text.append("</p>\n")
    }
    let conditions = comparison.options.conditions
    if !conditions.isEmpty {
      text.append("<p class=\"condition\">only: ")
      text.append(xml: conditions.joined(separator: "; "))
      text.append("</p>\n")
    }
    text.append("</header>\n")
  }

  private func writeSplit(_ words: ComparisonText, _ text: inout TextBuffer) {
    text.append("<table id=\"times\"><tr><th></th>")
    for heading in ["before", "after", "change", "%"] { text.append("<th>\(heading)</th>") }
    text.append("</tr>\n")
    for (label, figures) in words.split {
      text.append("<tr><td>\(label)</td>")
      for figure in figures { text.append("<td class=\"number\">\(figure)</td>") }
      text.append("</tr>\n")
    }
    text.append("</table>\n")
  }

  // MARK: Data

  /// What the page's script reads.
  func writeData(to sink: inout some ByteSink) {
    var json = JSONWriter(sink: sink)
    json.object { json in
      json.member("rootOnTop", comparison.options.inverted)
      json.member("sortTotal", comparison.options.sort == .totalTime)
      json.key("functions")
      json.object { writeFunctions(&$0) }
      json.key("stacks")
      json.object { writeStacks(&$0) }
    }
    sink = json.finish()
  }

  private func writeFunctions<Sink: ByteSink>(_ json: inout JSONWriter<Sink>) {
    let functions = comparison.functions
    json.column("name", functions) { $0.value(Self.safe($1.function.name)) }
    json.column("place", functions) { $0.value(Self.safe($1.function.place)) }
    json.column("kind", functions) { $0.value(Int64($1.function.kind?.rawValue ?? 0)) }
    for (name, part) in [("own", \FunctionChange.own), ("total", \FunctionChange.total)] {
      json.column(name + "Before", functions) {
        $0.value(Change.integer($1[keyPath: part].before))
      }
      json.column(name + "After", functions) { $0.value(Change.integer($1[keyPath: part].after)) }
      json.column(name + "Counts", functions) { $0.value($1[keyPath: part].isSignificant ? 1 : 0) }
    }
  }

  private func writeStacks<Sink: ByteSink>(_ json: inout JSONWriter<Sink>) {
    json.column("names", stacks.frames) { $0.value(Self.safe($1.name)) }
    json.column("groups", stacks.frames) { $0.value($1.kind == .group ? 1 : 0) }
    json.column("parent", stacks.stacks) { $0.value(Int64($1.parent)) }
    json.column("frame", stacks.stacks) { $0.value(Int64($1.frame)) }
    json.column("before", stacks.stacks) { $0.value(Change.integer($1.own.before)) }
    json.column("after", stacks.stacks) { $0.value(Change.integer($1.own.after)) }
    json.column("counts", stacks.stacks) { $0.value($1.total.isSignificant ? 1 : 0) }
  }

  /// Nothing in a name may reorder the line that it is shown in.
  private static func safe(_ name: String) -> String {
    name.isEmpty ? "[unnamed]" : name.replacingHarmfulScalars(with: "\u{FFFD}")
  }
}
