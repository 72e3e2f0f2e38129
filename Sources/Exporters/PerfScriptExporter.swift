import ProfileModel

/// The text of `perf script`: an event with its period in nanoseconds and its frames, leaf first.
///
/// Python frames are spelled as CPython's perf support spells them (`Python/perf_trampoline.c`).
/// There is no header: Perfetto takes none.
struct PerfScriptExporter: TimelineExporter {
  private let report: Report
  private let tree: StackTree
  let timeline: Timeline

  init(_ report: Report) {
    self.report = report
    tree = StackTree(report)
    timeline = Timeline(report, tree, limit: 2_000_000, cost: .frames)
  }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    let profile = report.profile
    let facts = tree.frames.map { FrameFacts($0, profile) }
    let frames = facts.indices.map { line(of: $0, facts[$0], isInlined: false) }
    let inlined = facts.indices.map { line(of: $0, facts[$0], isInlined: true) }
    var text = TextBuffer()
    for (lane, index) in inOrder() {
      let stretch = timeline.lanes[lane].stretches[index]
      writeEvent(stretch, profile.threads[timeline.lanes[lane].thread], to: &text)
      var node = stretch.node
      while node > 0 {
        let frame = Int(tree.nodes[Int(node)].frame)
        text.append(bytes: tree.isInlined[Int(node)] ? inlined[frame] : frames[frame])
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

  private func line(of frame: Int, _ facts: FrameFacts, isInlined: Bool) -> [UInt8] {
    var text = TextBuffer()
    text.append("\t")
    // Python code has no address, but some readers take what is at one address for one frame.
    let isCode = facts.category != .python && facts.category != .group
    let address = isCode ? tree.frames[frame].address : 0x7F00_0000_0000 + UInt64(frame)
    text.append(String(address, radix: 16).aligned(right: 16))
    text.append(" ")
    switch facts.category {
    case .python:
      let file = facts.file.isEmpty ? "" : ":" + facts.file
      text.append(Self.symbol("py::\(facts.name)\(file)"))
      text.append("+0x0 (/tmp/perf-\(report.profile.target.pid).map)")
    case .inlined where isInlined:
      text.append(Self.symbol(facts.name))
      text.append(" (inlined)")
    case .group, .native, .inlined, .kernel:
      text.append(Self.symbol(facts.name))
      text.append("+0x0 (")
      text.append(Self.object(facts))
      text.append(")")
    }
    text.append("\n")
    return text.bytes
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
