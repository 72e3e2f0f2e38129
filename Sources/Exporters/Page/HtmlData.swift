import ProfileModel

/// What a page knows of a recording: tables as JSON, then stacks and threads as columns of variable
/// length integers (LEB128), which compress well where rows are alike.
///
///     length, JSON
///     nodes: count, parent (how far back), frame
///     durations: count, nanoseconds
///     lanes: count, thread, number of stretches
///     stretches of all lanes: node (zigzag difference), state, duration (index), gap before (µs)
struct HtmlData {
  /// Under the page's own limit of 2 million; beyond it stretches are joined, and the page says so.
  private static let limit = 2_000_000

  let report: Report
  let timeline: Timeline
  private let stacks: HtmlStacks
  /// Frames that occur, and for each frame of `stacks` which of these it is.
  private let usedFrames: [TreeFrame]
  private let numberOfFrame: [Int32]

  /// `report` with all its hidden time, which the page can show.
  init(_ report: Report) {
    self.report = report
    let tree = StackTree(report)
    timeline = Timeline(report, tree, limit: Self.limit, cost: .stretches)
    stacks = HtmlStacks(report, tree, timeline)
    var numbers = Array(repeating: Int32(-1), count: stacks.frames.count)
    var used: [TreeFrame] = []
    for node in stacks.nodes where numbers[Int(node.frame)] < 0 {
      numbers[Int(node.frame)] = Int32(used.count)
      used.append(stacks.frames[Int(node.frame)])
    }
    usedFrames = used
    numberOfFrame = numbers
  }

  /// Threads that have time.
  var threads: [Thread] { stacks.lanes.map { report.profile.threads[$0.thread] } }

  func write(to sink: inout some ByteSink, options: ReportOptions, sources: [SourceText]) {
    let tables = HtmlTables(
      report.profile, frames: usedFrames, threads: threads, sources: sources,
      remark: timeline.remark)
    let json = tables.json(options)
    var bytes = ByteColumns()
    bytes.append(UInt64(json.count))
    bytes.append(contentsOf: json)
    bytes.flush(to: &sink)
    write(nodes: &bytes, to: &sink)
    writeLanes(&bytes, to: &sink)
    bytes.flush(to: &sink)
  }

  private func write(nodes bytes: inout ByteColumns, to sink: inout some ByteSink) {
    bytes.append(UInt64(stacks.nodes.count))
    for (index, node) in stacks.nodes.enumerated() {
      bytes.append(UInt64(index - Int(max(node.parent, 0))))
    }
    for node in stacks.nodes { bytes.append(UInt64(numberOfFrame[Int(node.frame)])) }
    bytes.flush(to: &sink)
  }

  private func writeLanes(_ bytes: inout ByteColumns, to sink: inout some ByteSink) {
    let (durations, numbers) = Self.durations(stacks.lanes)
    bytes.append(UInt64(durations.count))
    for duration in durations { bytes.append(UInt64(duration)) }
    bytes.append(UInt64(stacks.lanes.count))
    for lane in stacks.lanes.indices { bytes.append(UInt64(lane)) }
    for lane in stacks.lanes { bytes.append(UInt64(lane.stretches.count)) }
    bytes.flush(to: &sink)
    for lane in stacks.lanes {
      var before: Int32 = 0
      for stretch in lane.stretches {
        bytes.append(difference: Int64(stretch.node) - Int64(before))
        before = stretch.node
      }
    }
    bytes.flush(to: &sink)
    for lane in stacks.lanes {
      for stretch in lane.stretches {
        bytes.append(UInt64(RecordedState(stretch.gil, stretch.cpu).rawValue))
      }
    }
    bytes.flush(to: &sink)
    for lane in stacks.lanes {
      for stretch in lane.stretches { bytes.append(UInt64(numbers[stretch.duration] ?? 0)) }
    }
    bytes.flush(to: &sink)
    for lane in stacks.lanes { append(gapsOf: lane, to: &bytes) }
  }

  /// Times are rounded to microseconds; durations, which are added up, are not.
  private func append(gapsOf lane: HtmlStacks.Lane, to bytes: inout ByteColumns) {
    var position: Int64 = 0
    for stretch in lane.stretches {
      let gap = max(stretch.start &- position, 0) / 1000
      bytes.append(UInt64(gap))
      position = position &+ gap &* 1000 &+ stretch.duration
    }
  }

  /// Distinct durations, the most frequent first: clocks tick evenly, so there are few.
  private static func durations(
    _ lanes: [HtmlStacks.Lane]
  ) -> (values: [Int64], numbers: [Int64: Int]) {
    var counts: [Int64: Int] = [:]
    for lane in lanes {
      for stretch in lane.stretches { counts[stretch.duration, default: 0] += 1 }
    }
    let values = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    let numbers = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, $0) })
    return (values, numbers)
  }
}
