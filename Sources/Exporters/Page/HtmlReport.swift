import ProfileModel

/// The report as one page that needs nothing else: it makes no request, and what it shows of any
/// stretch of time, thread or state it adds up itself.
struct HtmlReport {
  private let report: Report
  private let data: HtmlData

  init(_ report: Report) {
    self.report = report
    data = HtmlData(report.includingHiddenTime)
  }

  /// What the user should know, if stacks had to be joined.
  var remark: String? { data.timeline.remark }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    var text = TextBuffer()
    text.append(HtmlPage.head)
    text.append("<title>")
    text.append(xml: "\(report.profile.title.shortened(to: 200)) · hyflame")
    text.append("</title>\n<style>")
    text.append(HtmlStyle.source)
    text.append("</style>\n</head>\n<body>\n")
    writeHeader(&text)
    text.append(HtmlPage.body)
    writeAbout(&text)
    text.append(HtmlPage.foot)
    text.append("<script type=\"application/octet-stream\" id=\"data\">")
    text.flush(to: &sink)
    writeData(to: &sink)
    text.append("</script>\n<script>")
    for part in HtmlScript.parts { text.append(part) }
    text.append("</script>\n</body>\n</html>\n")
    text.flush(to: &sink)
  }

  private func writeData<Sink: ByteSink>(to sink: inout Sink) {
    var gzip = GzipSink(Base64Sink(sink))
    data.write(to: &gzip, options: report.options, sources: report.sources)
    var base64 = gzip.finish()
    sink = base64.finish()
  }

  // MARK: What is text without a script

  private func writeHeader(_ text: inout TextBuffer) {
    let profile = report.profile
    let (target, recording) = (profile.target, profile.recording)
    text.append("<header>\n<h1>")
    text.append(xml: profile.title.shortened(to: 300))
    text.append("</h1>\n<p id=\"facts\">")
    let facts = [
      report.processText, report.pythonText, target.host, recording.kernelVersion,
      report.startText,
      "\(NumberText.seconds(recording.duration, decimals: 2)) s at \(recording.rate) Hz of \(recording.clock)",
      "\(NumberText.grouped(Int64(profile.samples.count))) samples",
      "\(NumberText.grouped(profile.ledger.lostSamples)) records lost", report.threadText,
      report.quality.completeText,
    ]
    text.append(xml: facts.filter { !$0.isEmpty }.joined(separator: " · "))
    text.append("</p>\n")
    for warning in report.quality.warnings {
      text.append("<p class=\"condition warning\">")
      text.append(xml: "WARNING: \(warning)")
      text.append("</p>\n")
    }
    for (label, conditions) in [
      ("only: ", report.options.conditions), ("note: ", remark.map { [$0] } ?? []),
    ] where !conditions.isEmpty {
      text.append("<p class=\"condition\">")
      text.append(xml: label + conditions.joined(separator: "; "))
      text.append("</p>\n")
    }
    text.append(
      "<noscript><p>Without its script this page shows only the split and the ledger.</p>")
    writeSplit(&text)
    text.append("</noscript>\n</header>\n")
  }

  private func writeSplit(_ text: inout TextBuffer) {
    let times = report.selection.categories.map(\.time)
    let shares = NumberText.shares(times)
    let decimals = NumberText.decimals(forLargest: times.reduce(0, &+))
    text.append("<table>")
    for category in TimeCategory.allCases where times[category.rawValue] > 0 {
      let share = NumberText.fixed(shares[category.rawValue], decimals: 1)
      let seconds = NumberText.seconds(times[category.rawValue], decimals: decimals)
      text.append(
        "<tr><td>\(category.label(report.profile.target))</td><td>\(seconds) s</td><td>\(share) %</td></tr>\n"
      )
    }
    text.append("</table>\n")
  }

  /// The ledger, which is about the whole recording whatever the page shows.
  private func writeAbout(_ text: inout TextBuffer) {
    text.append("<h2>How far to trust this</h2>\n<dl id=\"ledger\">\n")
    for (label, sentences) in TextReport(report).ledgerEntries where !sentences.isEmpty {
      text.append("<dt>\(label)</dt>")
      for sentence in sentences {
        text.append("<dd>")
        text.append(xml: sentence)
        text.append("</dd>\n")
      }
    }
    text.append("</dl>\n")
  }
}

extension Report {
  /// The same samples, and with them idle time and time without a free CPU.
  fileprivate var includingHiddenTime: Report {
    var options = options
    options.filter.showsHiddenTime = true
    // Lines are what sources are shown by; the page can leave them out.
    options.showsLines = true
    return Report(consistent: profile, options: options)
  }
}
