import ProfileModel

/// The text of `perf script`: an event with its period in nanoseconds and its frames, leaf first.
///
/// Python frames are spelled as CPython's perf support spells them (`Python/perf_trampoline.c`).
/// There is no header: Perfetto takes none.
struct PerfScriptExporter: TimelineExporter {
  private let report: Report
  private let tree: StackTree
  let timeline: Timeline
  /// Lines of frames, as they stand alone and as inlined calls.
  private let frames: [[UInt8]]
  private let inlined: [[UInt8]]
  /// Bytes of a name and of a path; longer ones are cut.
  private let textLimit: Int
  private let frameLimit: FrameLimit

  /// Bytes of all events together; each repeats the names of its frames.
  private static let sizeLimit = 1 << 30
  private static let textLimits = [1 << 13, 1 << 10, 1 << 8, 1 << 6]

  init(_ report: Report, sizeLimit: Int = PerfScriptExporter.sizeLimit) {
    let tree = StackTree(report)
    let timeline = Timeline(report, tree, limit: 2_000_000, cost: .frames)
    let facts = tree.frames.map { FrameFacts($0, report.profile) }
    let target = report.profile.target.pid
    func rendered(_ limit: Int, isInlined: Bool) -> [[UInt8]] {
      facts.indices.map { index in
        Self.line(
          facts[index], address: tree.frames[index].address, number: index, target: target,
          isInlined: isInlined, textLimit: limit)
      }
    }
    var limit = Self.textLimits[0]
    var frames = rendered(limit, isInlined: false)
    for shorter in Self.textLimits.dropFirst()
    where Self.size(timeline, tree, frames) > sizeLimit {
      limit = shorter
      frames = rendered(limit, isInlined: false)
    }
    let whole = Self.size(timeline, tree, frames)
    // As if all lines were alike: those that are left out are of no other kind than the others.
    let lines = timeline.lanes.flatMap { $0.stretches.map { Int(tree.depths[Int($0.node)]) } }
    let all = max(1, lines.reduce(0, &+))
    frameLimit = FrameLimit(
      depths: lines, budget: Int(Double(sizeLimit) * Double(all) / Double(max(1, whole))))
    self.report = report
    self.tree = tree
    self.timeline = timeline
    self.frames = frames
    textLimit = limit
    inlined = tree.isInlined.contains(true) ? rendered(limit, isInlined: true) : []
  }

  private static func size(_ timeline: Timeline, _ tree: StackTree, _ frames: [[UInt8]]) -> Int {
    var sizes = [Int](repeating: 0, count: tree.nodes.count)
    for (index, node) in tree.nodes.enumerated().dropFirst() {
      sizes[index] = sizes[Int(node.parent)] &+ frames[Int(node.frame)].count
    }
    return timeline.lanes.reduce(0) { sum, lane in
      lane.stretches.reduce(sum) { $0 &+ sizes[Int($1.node)] }
    }
  }

  var remark: String? {
    var sentences = [timeline.remark].compactMap(\.self)
    if textLimit < Self.textLimits[0] {
      sentences.append("names longer than \(textLimit) bytes are cut: each event repeats them")
    }
    if let remark = frameLimit.remark { sentences.append(remark) }
    return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
  }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    let profile = report.profile
    var text = TextBuffer()
    for (lane, index) in inOrder() {
      let stretch = timeline.lanes[lane].stretches[index]
      writeEvent(stretch, profile.threads[timeline.lanes[lane].thread], to: &text)
      var node = stretch.node
      let depth = Int(tree.depths[Int(node)])
      var isCut = false
      while node > 0 {
        let frame = Int(tree.nodes[Int(node)].frame)
        if frameLimit.shows(Int(tree.depths[Int(node)]), of: depth) {
          text.append(bytes: tree.isInlined[Int(node)] ? inlined[frame] : frames[frame])
        } else if !isCut {
          isCut = true
          text.append("\t               0 \(FrameLimit.placeholder) ([unknown])\n")
        }
        node = tree.nodes[Int(node)].parent
        text.flushIfLarge(to: &sink)
      }
      text.append("\n")
    }
    text.flush(to: &sink)
  }

  /// Stretches of all lanes by time: readers expect one clock that does not run backwards.
  private func inOrder() -> [(lane: Int, index: Int)] {
    timeline.lanes.enumerated()
      .flatMap { lane, content in content.stretches.indices.map { (lane: lane, index: $0) } }
      .sorted {
        let one = timeline.lanes[$0.lane].stretches[$0.index].start
        let other = timeline.lanes[$1.lane].stretches[$1.index].start
        return (one, $0.lane, $0.index) < (other, $1.lane, $1.index)
      }
  }

  /// `MainThread 4242/4250 [000] 1000.000000:   10000000 task-clock: `
  private func writeEvent(_ stretch: Timeline.Stretch, _ thread: Thread, to text: inout TextBuffer)
  {
    text.append(Self.word(thread.name))
    text.append(" \(thread.pid)/\(thread.tid) [000] ")
    text.append(fixed: roundedQuotient(stretch.start, 1000), decimals: 6)
    text.append(": ")
    text.append(decimal: stretch.duration)
    text.append(" ")
    text.append(Self.word(report.profile.recording.clock))
    text.append(": \n")
  }

  private static func line(
    _ facts: FrameFacts, address: UInt64, number: Int, target: Int32, isInlined: Bool,
    textLimit: Int
  ) -> [UInt8] {
    func symbol(_ name: String) -> String { Self.symbol(cut(name, to: textLimit)) }
    var text = TextBuffer()
    text.append("\t")
    // Python code has no address, but some readers take what is at one address for one frame.
    let isCode = facts.category != .python && facts.category != .group
    let address = isCode ? address : 0x7F00_0000_0000 + UInt64(number)
    text.append(String(address, radix: 16).aligned(right: 16))
    text.append(" ")
    switch facts.category {
    case .python:
      let file = facts.file.isEmpty ? "" : ":" + cut(facts.file, to: textLimit)
      text.append(Self.symbol("py::\(cut(facts.name, to: textLimit))\(file)"))
      text.append("+0x0 (/tmp/perf-\(target).map)")
    case .inlined where isInlined:
      text.append(symbol(facts.name))
      text.append(" (inlined)")
    case .group, .native, .inlined, .kernel:
      text.append(symbol(facts.name))
      text.append("+0x0 (")
      text.append(cut(Self.object(facts), to: textLimit))
      text.append(")")
    }
    text.append("\n")
    return text.bytes
  }

  private static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    return String(decoding: Array(text.utf8).cut(to: limit), as: UTF8.self)
  }

  private static func object(_ facts: FrameFacts) -> String {
    switch facts.category {
    case .kernel: "[kernel.kallsyms]"
    default: facts.module.isEmpty ? "[unknown]" : word(facts.module)
    }
  }

  /// One word: a blank would end the field.
  private static func word(_ text: String) -> String {
    let name = text.replacingHarmfulScalars(with: "_")
    let result = String(name.map { $0 == " " ? "_" : $0 })
    return result.isEmpty ? "[unknown]" : result
  }

  /// A line must not look as if it ended earlier: ` (` begins the module.
  private static func symbol(_ name: String) -> String {
    name.replacingHarmfulScalars(with: " ").replacing(" (", with: "(")
  }
}
