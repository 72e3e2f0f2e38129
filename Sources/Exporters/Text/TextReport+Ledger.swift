import ProfileModel

extension TextReport {
  /// What the recording cost and what it could not see.
  func ledgerLines() -> [String] {
    var lines = [heading("How far to trust this")]
    for (label, texts) in ledgerEntries {
      for (index, text) in texts.enumerated() {
        lines += wrapped(text, label: index == 0 ? label : "")
      }
    }
    return lines
  }

  /// Sentences by what they are about.
  var ledgerEntries: [(label: String, texts: [String])] {
    [
      ("samples", [sampleText]), ("merged", mergeTexts), ("pauses", [pauseText] + stopCallTexts),
      ("profiler", [profilerText]), ("notes", noteTexts),
    ]
  }

  private var sampleText: String {
    let ledger = profile.ledger
    var text = "\(NumberText.grouped(Int64(profile.samples.count))) in all"
    if ledger.expectedSamples > 0 {
      let taken = report.quality.onCPUSamples
      let share = NumberText.percent(taken, of: ledger.expectedSamples)
      text +=
        "; on the CPU \(NumberText.grouped(taken))"
        + " of \(NumberText.grouped(ledger.expectedSamples)) expected (\(share) %)"
    }
    let lost = ledger.lostSamples
    text += ", \(NumberText.grouped(lost)) record\(lost == 1 ? "" : "s") lost"
    if ledger.damageOffset != nil { return text + "; the recording \(ledger.damage)" }
    return ledger.isComplete
      ? text : text + "; the recording ends early: its recorder was killed, or the file was cut"
  }

  private var mergeTexts: [String] {
    let merge = MergeCounts(profile)
    let share = { (count: Int64) in
      "\(NumberText.grouped(count)) (\(NumberText.percent(count, of: merge.samples)) %)"
    }
    var outcomes =
      "\(share(merge[.exact])) exactly, \(share(merge[.partial])) in part, "
      + "\(share(merge[.pythonOnly])) Python only, "
      + "\(share(merge[.nativeOnly] - merge.withoutPython)) native only"
    if merge.withoutPython > 0 {
      outcomes += ", \(share(merge.withoutPython)) native without any Python"
    }
    if report.quality.withoutStack > 0 {
      outcomes += "; \(share(report.quality.withoutStack)) of all have no stack"
    }
    let reasons = merge.byFrequency
    var texts = [outcomes]
    texts += reasons.prefix(8).map {
      "\(NumberText.grouped($0.samples)) \(style.times) \(profile.ledger.reasons[$0.reason])"
    }
    if reasons.count > 8 { texts.append("and \(reasons.count - 8) rarer reasons") }
    return texts
  }

  private var pauseText: String {
    let pauses = profile.ledger.pauses
    let isStopped = profile.recording.capture != .kernel
    guard pauses.count > 0 else { return "none: no thread was stopped" }
    let text = { NumberText.pause($0, microseconds: style.microseconds) }
    let what =
      isStopped
      ? "stop\(plural(Int(clamping: pauses.count))), "
      : "times copied inside the kernel, at ticks and switches, nobody stopped: "
    return "\(NumberText.grouped(pauses.count)) \(what)"
      + "p50 \(text(pauses.quantile(0.5))), p99 \(text(pauses.quantile(0.99))), "
      + "longest \(text(pauses.longest)), \(text(pauses.total)) in all"
  }

  private var stopCallTexts: [String] {
    let calls = profile.ledger.stopCalls
    guard calls.stops > 0 else { return [] }
    return [
      "system calls a stop: p50 \(calls.quantile(0.5)), p99 \(calls.quantile(0.99)), "
        + "most \(calls.most)"
    ]
  }

  private var profilerText: String {
    let ledger = profile.ledger
    let duration = profile.recording.duration
    let share = NumberText.percent(ledger.profilerCPU, of: duration)
    return "\(NumberText.seconds(ledger.profilerCPU, decimals: 2)) s of CPU time"
      + (duration > 0 ? " (\(share) % of one CPU)" : "")
      + ", \(NumberText.bytes(ledger.profilerPeakRSS)) of memory"
  }

  /// Those that nobody can do anything about are one line: what they count is in `merged` too.
  private var noteTexts: [String] {
    let notes = profile.ledger.notes
    let minor = notes.filter(\.isOfStackEnds)
    guard !minor.isEmpty else { return notes }
    return notes.filter { !$0.isOfStackEnds } + [minor.joined(separator: "; ")]
  }

  /// A labelled paragraph, broken at blanks.
  private func wrapped(_ text: String, label: String) -> [String] {
    let indent = 12
    return wrapped(text, indent: indent).enumerated().map { index, line in
      "  " + style.paint((index == 0 ? label : "").padded(to: indent - 2), .dim) + line
    }
  }

  /// Lines broken at blanks that leave room for an indent.
  func wrapped(_ text: String, indent: Int) -> [String] {
    let room = width - indent
    var lines: [String] = []
    for word in text.split(separator: " ") {
      let word = safe(String(word), columns: room)
      if let last = lines.last, last.displayWidth + 1 + word.displayWidth <= room {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(word)
      }
    }
    return lines
  }
}

extension String {
  /// A note of `record` that counts native stacks or ticks, for which there is no remedy.
  fileprivate var isOfStackEnds: Bool {
    let rest = drop { ("0"..."9").contains($0) }
    return rest.count < count
      && (rest.hasPrefix(" native stacks ") || rest.hasPrefix(" kernel ticks fell into "))
  }
}
