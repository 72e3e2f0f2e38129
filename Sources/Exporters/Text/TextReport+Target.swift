import ProfileModel
import SampleTypes

extension TextReport {
  /// Who was recorded, how, and which part of it this report is about.
  func targetLines() -> [String] {
    let target = profile.target
    let recording = profile.recording
    let command = target.command.isEmpty ? "pid \(target.pid)" : target.command
    var lines = [style.paint(safe(command, columns: width), .bold)]
    lines += joined([
      report.processText, report.pythonText, target.host, recording.kernelVersion,
      report.startText,
    ])
    lines += joined([
      "\(NumberText.seconds(recording.duration, decimals: 2)) s recorded",
      "\(NumberText.grouped(Int64(recording.rate))) Hz of \(recording.clock)",
      "\(NumberText.grouped(Int64(profile.samples.count))) sample\(plural(profile.samples.count))",
      report.threadText, report.quality.completeText,
    ])
    for warning in report.quality.warnings {
      lines += wrapped("WARNING: \(warning)", indent: 0).map { style.paint($0, .yellow) }
    }
    let conditions = options.conditions
    if !conditions.isEmpty {
      lines.append(
        style.paint(safe("only: " + conditions.joined(separator: "; "), columns: width), .yellow))
    }
    return lines
  }

  /// As few lines as hold all the non-empty parts.
  private func joined(_ parts: [String]) -> [String] {
    var lines: [String] = []
    for part in parts where !part.isEmpty {
      let part = safe(part, columns: width)
      if let last = lines.last,
        last.displayWidth + style.separator.displayWidth + part.displayWidth <= width
      {
        lines[lines.count - 1] = last + style.separator + part
      } else {
        lines.append(part)
      }
    }
    return lines
  }

  func plural(_ count: Int) -> String { count == 1 ? "" : "s" }
}

extension ReportOptions {
  /// What restricts this report, in words; empty if nothing does.
  var conditions: [String] {
    var result: [String] = []
    func add(_ what: String, _ values: [String]) {
      if !values.isEmpty { result.append("\(what) \(values.joined(separator: ", "))") }
    }
    add("GIL", GilState.allCases.filter(filter.gil.contains).map(\.name))
    add("CPU", CPUState.allCases.filter(filter.cpu.contains).map(\.name))
    add("merge", MergeQuality.allCases.filter(filter.merge.contains).map(\.name))
    add("threads", filter.threads.map(\.source))
    add("stacks with", filter.include.map(\.source))
    add("stacks without", filter.exclude.map(\.source))
    if let from = filter.from { result.append("from \(NumberText.seconds(from, decimals: 3)) s") }
    if let to = filter.to { result.append("to \(NumberText.seconds(to, decimals: 3)) s") }
    switch frames {
    case .all: break
    case .pythonOnly: result.append("Python frames")
    case .nativeOnly: result.append("native frames")
    }
    return result
  }
}
