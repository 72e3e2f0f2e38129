import ProfileModel

/// Chrome's trace event format, for Perfetto and chrome://tracing: a slice for every call that goes
/// on from sample to sample, and a track of each thread's GIL states.
struct ChromeTraceExporter: TimelineExporter {
  private let report: Report
  private let tree: StackTree
  let timeline: Timeline

  private struct Slice {
    var frame: Int32
    var start: Int64
    var end: Int64
  }

  init(_ report: Report) {
    self.report = report
    tree = StackTree(report)
    timeline = Timeline(report, tree, limit: 600_000, cost: .changes)
  }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    let profile = report.profile
    let frames = tree.frames.map { Self.members(of: FrameFacts($0, profile)) }
    var json = JSONWriter(sink: sink)
    json.object { json in
      json.member("displayTimeUnit", "ms")
      json.key("otherData")
      json.object {
        $0.member("exporter", "hyflame " + profile.recording.hyflameVersion)
        $0.member("command", profile.target.command)
        if let remark = timeline.remark { $0.member("remark", remark) }
      }
      json.key("traceEvents")
      json.array { json in
        for process in namedProcesses(of: profile) {
          let name = process.command.isEmpty ? "pid \(process.pid)" : process.command
          writeName("process_name", name, pid: process.pid, tid: process.pid, to: &json)
        }
        for lane in timeline.lanes {
          let thread = profile.threads[lane.thread]
          writeName("thread_name", thread.name, pid: thread.pid, tid: thread.tid, to: &json)
          for slice in slices(of: lane) {
            write(slice, frames[Int(slice.frame)], thread, to: &json)
          }
          writeGil(lane, thread, to: &json)
        }
      }
    }
    sink = json.finish()
  }

  /// One entry a pid, as the format wants it; the kernel may have given one twice.
  private func namedProcesses(of profile: Profile) -> [ProcessDescription] {
    var known: [Int32: ProcessDescription] = [:]
    for thread in profile.threads {
      known[thread.pid] = profile.process(of: thread)
    }
    return known.values.sorted { $0.pid < $1.pid }
  }

  /// In the order of their starts, callers first: readers nest slices of equal start in that order.
  private func slices(of lane: Timeline.Lane) -> [Slice] {
    var slices: [Slice] = []
    // Indices of the slices that are open, outermost first.
    var open: [Int] = []
    var before: (node: Int32, end: Int64) = (0, 0)
    for stretch in lane.stretches {
      let goesOn = stretch.start == before.end
      let shared = goesOn ? tree.commonAncestor(before.node, stretch.node) : 0
      close(&slices, &open, to: Int(tree.depths[Int(shared)]), at: before.end)
      for node in tree.path(from: stretch.node, to: shared).reversed() {
        open.append(slices.count)
        slices.append(Slice(frame: tree.nodes[Int(node)].frame, start: stretch.start, end: 0))
      }
      before = (stretch.node, stretch.end)
    }
    close(&slices, &open, to: 0, at: before.end)
    return slices
  }

  private func close(_ slices: inout [Slice], _ open: inout [Int], to depth: Int, at end: Int64) {
    while open.count > depth, let index = open.popLast() { slices[index].end = end }
  }

  // MARK: Events

  private typealias Members = (name: [UInt8], category: String, place: [UInt8])

  /// What all slices of a frame have in common, rendered once.
  private static func members(of facts: FrameFacts) -> Members {
    let place = JSONWriter.rendered { json in
      json.object {
        $0.member("file", facts.file)
        $0.member("line", Int64(facts.line))
        $0.member("module", facts.module)
      }
    }
    return (JSONWriter.rendered { $0.value(facts.name) }, facts.category.word, place)
  }

  private func write(
    _ slice: Slice, _ frame: Members, _ thread: Thread, to json: inout JSONWriter<some ByteSink>
  ) {
    json.object { json in
      json.member("ph", "X")
      json.key("name")
      json.value(rendered: frame.name)
      json.member("cat", frame.category)
      writeTrack(thread, at: slice.start, to: &json)
      json.key("dur")
      json.value(fixed: slice.end - slice.start, decimals: 3)
      json.key("args")
      json.value(rendered: frame.place)
    }
  }

  /// Async events have a track of their own beside the thread's slices.
  private func writeGil(
    _ lane: Timeline.Lane, _ thread: Thread, to json: inout JSONWriter<some ByteSink>
  ) {
    for state in GilStretch.all(of: lane) {
      for (phase, time) in [("b", state.start), ("e", state.end)] {
        json.object { json in
          json.member("ph", phase)
          json.member("name", state.gil.towerName(report.profile.target))
          json.member("cat", "gil")
          json.member("id", Int64(thread.tid))
          writeTrack(thread, at: time, to: &json)
        }
      }
    }
  }

  private func writeTrack(
    _ thread: Thread, at time: Int64, to json: inout JSONWriter<some ByteSink>
  ) {
    json.member("pid", Int64(thread.pid))
    json.member("tid", Int64(thread.tid))
    json.key("ts")
    json.value(fixed: time, decimals: 3)
  }

  private func writeName(
    _ what: String, _ name: String, pid: Int32, tid: Int32,
    to json: inout JSONWriter<some ByteSink>
  ) {
    json.object { json in
      json.member("ph", "M")
      json.member("name", what)
      json.member("pid", Int64(pid))
      json.member("tid", Int64(tid))
      json.key("args")
      json.object { $0.member("name", name) }
    }
  }
}
