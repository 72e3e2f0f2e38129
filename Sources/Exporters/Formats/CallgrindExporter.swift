import ProfileModel
import SampleTypes

/// The format of callgrind, for KCachegrind, QCachegrind and callgrind_annotate: functions with the
/// lines that cost, and who called whom. Costs are nanoseconds, all of them and by GIL state.
struct CallgrindExporter {
  private let report: Report
  private let graph: CallGraph

  init(_ report: Report) {
    self.report = report
    graph = CallGraph(StackTree(report).callTree(report), report.profile)
  }

  func write(to sink: inout some ByteSink) {
    var text = TextBuffer()
    writeHeader(&text)
    var names = Names()
    for index in graph.used {
      let function = graph.functions[index]
      names.write(function, prefix: "", to: &text)
      // A function without a line of costs does not exist for its readers.
      if graph.own[index].isEmpty { write(function.line, GilTime(), to: &text) }
      for (line, time) in graph.own[index] { write(line, time, to: &text) }
      for call in graph.calls[index] {
        let callee = graph.functions[call.callee]
        names.write(callee, prefix: "c", to: &text)
        text.append("calls=\(calls(call.time)) \(callee.firstLine)\n")
        write(call.line, call.time, to: &text)
      }
      text.append("\n")
      text.flushIfLarge(to: &sink)
    }
    text.append("totals:")
    writeCosts(graph.total, to: &text)
    text.flush(to: &sink)
  }

  /// The field cannot be left out. Samples are all that is known of calls.
  private func calls(_ time: GilTime) -> Int64 {
    max(1, scaledShare(time.sum, of: 1_000_000_000, scale: Int64(report.profile.recording.rate)))
  }

  /// An event for each. What is unknown has one only where there is some: programs read the columns.
  private var states: [GilState] {
    GilState.allCases.filter { $0 != .unknown || graph.total[.unknown] > 0 }
  }

  private func writeHeader(_ text: inout TextBuffer) {
    let profile = report.profile
    text.append("# callgrind format\nversion: 1\ncreator: hyflame-")
    text.append(folded: profile.recording.hyflameVersion)
    text.append("\npid: \(profile.target.pid)\ncmd: ")
    text.append(folded: profile.title)
    text.append("\npart: 1\n\ndesc: Trigger: \(profile.recording.rate) Hz of ")
    text.append(folded: profile.recording.clock)
    text.append("\npositions: line\nevent: Time : all time shown, ns\n")
    for state in states {
      text.append("event: \(state.eventName) : \(state.towerName(profile.target)), ns\n")
    }
    text.append("events: Time")
    for state in states { text.append(" \(state.eventName)") }
    text.append("\nsummary:")
    writeCosts(graph.total, to: &text)
    text.append("\n")
  }

  private func write(_ line: Int32, _ time: GilTime, to text: inout TextBuffer) {
    text.append(decimal: Int64(line))
    writeCosts(time, to: &text)
  }

  private func writeCosts(_ time: GilTime, to text: inout TextBuffer) {
    text.append(" ")
    text.append(decimal: time.sum)
    for state in states {
      text.append(" ")
      text.append(decimal: time[state])
    }
    text.append("\n")
  }

  /// Names are written once and have a number afterwards. Objects, files and functions count apart.
  private struct Names {
    private var known: [[String: Int]] = [[:], [:], [:]]

    mutating func write(_ facts: FrameFacts, prefix: String, to text: inout TextBuffer) {
      let object = facts.category == .python ? "python" : facts.module
      write(prefix + "ob", object, space: 0, to: &text)
      // Some readers tell functions apart by file and name only.
      let file = facts.file.isEmpty ? facts.module : facts.file
      write(prefix.isEmpty ? "fl" : "cfi", file, space: 1, to: &text)
      write(prefix + "fn", facts.name, space: 2, to: &text)
    }

    private mutating func write(
      _ key: String, _ name: String, space: Int, to text: inout TextBuffer
    ) {
      let name = name.isEmpty ? "???" : name.replacingHarmfulScalars(with: " ")
      text.append(key)
      if let number = known[space][name] {
        text.append("=(\(number))\n")
        return
      }
      let number = known[space].count + 1
      known[space][name] = number
      text.append("=(\(number)) ")
      text.append(name)
      text.append("\n")
    }
  }
}

extension GilState {
  /// A word that callgrind's readers take for the name of an event.
  fileprivate var eventName: String {
    switch self {
    case .held: "Held"
    case .released: "Released"
    case .waiting: "Waiting"
    case .none: "NoState"
    case .unknown: "Unknown"
    }
  }
}
