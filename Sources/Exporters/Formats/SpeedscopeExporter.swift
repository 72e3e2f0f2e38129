import ProfileModel

/// speedscope's own JSON (`file-format-schema.json` of speedscope 1.25): a "sampled" profile for each
/// thread, in nanoseconds. Gaps are samples without frames, so that threads share one time axis.
struct SpeedscopeExporter: TimelineExporter {
  private let report: Report
  private let tree: StackTree
  let timeline: Timeline
  private let frameLimit: FrameLimit

  /// Frames of all stacks together, some six bytes each.
  private static let frameBudget = 1 << 25

  init(_ report: Report, frameBudget: Int = SpeedscopeExporter.frameBudget) {
    self.report = report
    tree = StackTree(report)
    timeline = Timeline(report, tree, limit: 12_000_000, cost: .frames)
    frameLimit = FrameLimit(
      depths: timeline.lanes.lazy.flatMap { [tree] in
        $0.stretches.lazy.map { Int(tree.depths[Int($0.node)]) }
      },
      budget: frameBudget)
  }

  var remark: String? {
    let sentences = [timeline.remark, frameLimit.remark].compactMap(\.self)
    return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
  }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    var json = JSONWriter(sink: sink)
    json.object { json in
      json.member("$schema", "https://www.speedscope.app/file-format-schema.json")
      json.member("name", report.profile.title)
      json.member("exporter", "hyflame@" + report.profile.recording.hyflameVersion)
      json.key("shared")
      json.object { json in
        json.key("frames")
        writeFrames(&json)
      }
      json.key("profiles")
      json.array { json in
        for lane in timeline.lanes { write(lane, to: &json) }
      }
    }
    sink = json.finish()
  }

  private func writeFrames(_ json: inout JSONWriter<some ByteSink>) {
    json.array { json in
      for frame in tree.frames {
        let facts = FrameFacts(frame, report.profile)
        let file = facts.file.isEmpty ? facts.module : facts.file
        json.object {
          $0.member("name", facts.annotatedName(report.options.annotates))
          if !file.isEmpty { $0.member("file", file) }
          if facts.line > 0 { $0.member("line", Int64(facts.line)) }
        }
      }
      if frameLimit.remark != nil { json.object { $0.member("name", FrameLimit.placeholder) } }
    }
  }

  private func write(_ lane: Timeline.Lane, to json: inout JSONWriter<some ByteSink>) {
    var stacks: [Int32: [UInt8]] = [:]
    json.object { json in
      json.member("type", "sampled")
      json.member("name", report.profile.laneName(ofThread: lane.thread))
      json.member("unit", "nanoseconds")
      json.member("startValue", 0)
      json.member("endValue", lane.stretches.last?.end ?? 0)
      json.key("samples")
      json.array { json in
        forEachSample(of: lane) { node, _ in
          if let known = stacks[node] { return json.value(rendered: known) }
          let stack = self.stack(node)
          stacks[node] = stack
          json.value(rendered: stack)
        }
      }
      json.key("weights")
      json.array { json in forEachSample(of: lane) { _, weight in json.value(weight) } }
    }
  }

  /// Stretches and the gaps between them; node 0 is a gap.
  private func forEachSample(
    of lane: Timeline.Lane, _ body: (_ node: Int32, _ weight: Int64) -> Void
  ) {
    var end: Int64 = 0
    for stretch in lane.stretches {
      if stretch.start > end { body(0, stretch.start - end) }
      body(stretch.node, stretch.duration)
      end = stretch.end
    }
  }

  private func stack(_ node: Int32) -> [UInt8] {
    JSONWriter.rendered { json in
      json.array { json in
        let depth = Int(tree.depths[Int(node)])
        var isCut = false
        for node in tree.path(from: node).reversed() {
          if frameLimit.shows(Int(tree.depths[Int(node)]), of: depth) {
            json.value(Int64(tree.nodes[Int(node)].frame))
          } else if !isCut {
            isCut = true
            json.value(Int64(tree.frames.count))
          }
        }
      }
    }
  }
}
