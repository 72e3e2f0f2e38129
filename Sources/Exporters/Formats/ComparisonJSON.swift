import ProfileModel

/// `hyflame.diff/1`: the comparison for programs.
struct ComparisonJSON {
  private let comparison: Comparison

  init(_ comparison: Comparison) { self.comparison = comparison }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    var json = JSONWriter(sink: sink)
    json.object { json in
      json.member("schema", "hyflame.diff/1")
      for (name, report) in [("before", comparison.before), ("after", comparison.after)] {
        json.key(name)
        json.object {
          $0.member("command", report.profile.target.command)
          $0.member("started", InstantText.iso(report.startTime))
          $0.member("whole_run", report.profile.recording.isWholeRun)
          $0.member("duration_s", seconds: report.profile.recording.duration)
          $0.member("rate_hz", Int64(report.profile.recording.rate))
          $0.member("samples", report.profile.samples.count)
          $0.member("seconds", seconds: report.shownTime)
          $0.member("complete_share", report.quality.completeShare)
          $0.key("warnings")
          $0.array { for warning in report.quality.warnings { $0.value(warning) } }
        }
      }
      json.member("comparison", comparison.isAbsolute ? "absolute" : "scaled")
      json.member("scale", comparison.scale)
      json.key("functions")
      let limit = comparison.options.limit ?? 0
      json.array { json in
        for change in limit > 0 ? comparison.functions.prefix(limit) : comparison.functions[...] {
          json.object { write(change, to: &$0) }
        }
      }
    }
    sink = json.finish()
  }

  private func write(_ change: FunctionChange, to json: inout JSONWriter<some ByteSink>) {
    json.member("name", change.function.name)
    json.member("kind", change.function.kind?.name ?? "")
    json.member("place", change.function.place)
    for (name, part) in [("self", change.own), ("total", change.total)] {
      json.key(name)
      json.object { json in
        json.member("before", Self.seconds(part.before))
        json.member("after", Self.seconds(part.after))
        json.member("change", Self.seconds(part.difference))
        json.member("change_percent", part.share * 100)
        json.member("noise", Self.seconds(part.noise))
        json.member("p", part.probability)
        json.member("significant", part.isSignificant)
      }
    }
  }

  private static func seconds(_ nanoseconds: Double) -> Double { nanoseconds.rounded() / 1e9 }
}
