import ProfileModel
import SampleTypes

/// The Firefox Profiler's processed format, version 60: tables shared by all threads, a sample for
/// each stretch of a thread's time, and a marker for each stretch in one GIL state.
struct FirefoxExporter: TimelineExporter {
  let report: Report
  let tree: StackTree
  let timeline: Timeline
  let tables: FirefoxTables

  var profile: Profile { report.profile }

  init(_ report: Report) {
    self.report = report
    tree = StackTree(report)
    // A sample has one index for its stack, however deep.
    timeline = Timeline(report, tree, limit: 4_000_000, cost: .stretches)
    tables = FirefoxTables(tree, report.profile)
  }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    var json = JSONWriter(sink: sink)
    json.object { json in
      json.key("meta")
      writeMeta(&json)
      json.key("libs")
      json.array { json in for lib in tables.libs { write(lib, to: &json) } }
      json.key("shared")
      tables.write(to: &json)
      json.key("threads")
      json.array { json in for lane in timeline.lanes { write(lane, to: &json) } }
    }
    sink = json.finish()
  }

  // MARK: Meta

  private func writeMeta(_ json: inout JSONWriter<some ByteSink>) {
    let recording = profile.recording
    json.object { json in
      json.member("interval", 1000 / Double(max(recording.rate, 1)))
      json.key("startTime")
      json.value(fixed: recording.startTime, decimals: 6)
      json.member("processType", 0)
      json.member("product", profile.title)
      json.member("stackwalk", 1)
      json.member("debug", false)
      json.member("version", 30)
      json.member("preprocessedProfileVersion", 60)
      json.member("symbolicated", true)
      json.member("usesOnlyOneStackType", true)
      json.member("sourceCodeIsNotOnSearchfox", true)
      json.member("platform", "Linux")
      json.member("oscpu", recording.kernelVersion)
      json.member("abi", "x86_64")
      json.member("importedFrom", "hyflame " + recording.hyflameVersion)
      json.member("arguments", profile.target.command)
      json.key("sampleUnits")
      json.object {
        $0.member("time", "ms")
        $0.member("eventDelay", "ms")
        $0.member("threadCPUDelta", "µs")
      }
      json.key("categories")
      writeCategories(&json)
      json.key("markerSchema")
      writeMarkerSchema(&json)
    }
  }

  /// In the order of `FrameFacts.Category`, and one for the markers. One must be grey.
  private func writeCategories(_ json: inout JSONWriter<some ByteSink>) {
    let categories = [
      ("Other", "grey"), ("Python", "yellow"), ("Native", "blue"), ("Inlined", "lightblue"),
      ("Kernel", "orange"), ("GIL", "green"),
    ]
    json.array { json in
      for (name, color) in categories {
        json.object { json in
          json.member("name", name)
          json.member("color", color)
          json.key("subcategories")
          json.array { $0.value("Other") }
        }
      }
    }
  }

  private static let gilCategory = Int64(FrameFacts.Category.allCases.count)

  private func writeMarkerSchema(_ json: inout JSONWriter<some ByteSink>) {
    json.array { json in
      json.object { json in
        json.member("name", "GIL")
        json.key("display")
        json.array { json in
          for place in ["marker-chart", "marker-table", "timeline-overview"] { json.value(place) }
        }
        json.member("tooltipLabel", "{marker.name}")
        json.member("chartLabel", "{marker.data.state}")
        json.member("tableLabel", "{marker.data.state}")
        json.member("colorField", "color")
        json.key("fields")
        json.array { json in
          writeField("state", label: "State", isHidden: false, to: &json)
          writeField("color", label: "Color", isHidden: true, to: &json)
        }
      }
    }
  }

  private func writeField(
    _ key: String, label: String, isHidden: Bool, to json: inout JSONWriter<some ByteSink>
  ) {
    json.object {
      $0.member("key", key)
      $0.member("label", label)
      $0.member("format", "string")
      if isHidden { $0.member("hidden", true) }
    }
  }

  private func write(_ lib: Module, to json: inout JSONWriter<some ByteSink>) {
    json.object {
      $0.member("arch", "x86_64")
      for key in ["name", "debugName"] { $0.member(key, lib.name) }
      for key in ["path", "debugPath"] { $0.member(key, lib.path) }
      $0.member("breakpadId", BreakpadID.text(ofBuildID: lib.buildID))
      $0.member("codeId", lib.buildID)
    }
  }

  // MARK: Threads

  private func write(_ lane: Timeline.Lane, to json: inout JSONWriter<some ByteSink>) {
    let thread = profile.threads[lane.thread]
    json.object { json in
      json.member("processType", "default")
      json.member("processName", profile.programName(of: profile.process(of: thread)))
      json.member("processStartupTime", 0)
      json.key("processShutdownTime")
      json.null()
      json.member("registerTime", 0)
      json.key("unregisterTime")
      json.null()
      json.key("pausedRanges")
      json.array { _ in }
      json.member("showMarkersInTimeline", true)
      json.member("name", thread.name)
      json.member("isMainThread", thread.pid == thread.tid)
      json.member("pid", String(thread.pid))
      json.member("tid", Int64(thread.tid))
      json.key("samples")
      writeSamples(lane.stretches, to: &json)
      json.key("markers")
      writeMarkers(GilStretch.all(of: lane), to: &json)
    }
  }

  private func writeSamples(
    _ stretches: [Timeline.Stretch], to json: inout JSONWriter<some ByteSink>
  ) {
    json.object { json in
      // Node 0 is the root, which has no row.
      json.column("stack", stretches) { $0.value(Int64($1.node - 1)) }
      json.column("time", stretches) { $0.value(fixed: $1.start, decimals: 6) }
      json.column("weight", stretches) { $0.value(fixed: $1.duration, decimals: 6) }
      json.member("weightType", "tracing-ms")
      json.column("threadCPUDelta", stretches) {
        $0.value($1.cpu == .running ? $1.duration / 1000 : 0)
      }
      json.member("length", Int64(stretches.count))
    }
  }

  private func writeMarkers(_ states: [GilStretch], to json: inout JSONWriter<some ByteSink>) {
    json.object { json in
      json.column("data", states) { json, state in
        json.object {
          $0.member("type", "GIL")
          $0.member("state", state.gil.name)
          $0.member("color", state.gil.firefoxColor)
        }
      }
      json.column("name", states) { $0.value(tables.markerName(of: $1.gil)) }
      json.column("startTime", states) { $0.value(fixed: $1.start, decimals: 6) }
      json.column("endTime", states) { $0.value(fixed: $1.end, decimals: 6) }
      // An interval.
      json.column("phase", states) { json, _ in json.value(1) }
      json.column("category", states) { json, _ in json.value(Self.gilCategory) }
      json.member("length", Int64(states.count))
    }
  }
}

extension GilState {
  fileprivate var firefoxColor: String {
    switch self {
    case .held: "green"
    case .released: "blue"
    case .waiting: "red"
    case .none: "grey"
    case .unknown: "yellow"
    }
  }
}

extension JSONWriter {
  /// A member that is an array with an element for each of `rows`.
  mutating func column<Row>(
    _ name: String, _ rows: some Sequence<Row>, _ element: (inout Self, Row) -> Void
  ) {
    key(name)
    array { json in for row in rows { element(&json, row) } }
  }

  /// A column of numbers of which those that are negative stand for `null`.
  mutating func column(_ name: String, indexes: some Sequence<Int>) {
    column(name, indexes) { json, index in
      if index < 0 { json.null() } else { json.value(Int64(index)) }
    }
  }
}
