import Exporters
import ProfileModel
import Recorder

/// What `record` says on standard error: one rewritten line on a terminal, else a line at the start
/// and one at the end.
struct ProgressDisplay {
  private let plan: RecordingPlan
  private let isQuiet: Bool
  private let isLive: Bool
  private let stream = StandardStream.error
  private var hasStarted = false

  init(plan: RecordingPlan, isQuiet: Bool) {
    self.plan = plan
    self.isQuiet = isQuiet
    // Where a launched command writes to the same terminal, a rewritten line would destroy its
    // output.
    let sharesTerminal =
      if case .launch = plan.target { StandardStream.output.isTerminal } else { false }
    isLive = !isQuiet && stream.isTerminal && !sharesTerminal
  }

  /// Called by the recorder, at most ten times a second.
  mutating func update(_ progress: RecordingProgress) {
    if !isQuiet { MessageThread.start() }
    if let pid = progress.awaitedCommand {
      clear()
      if !isQuiet { stream.show(Self.waitingLine(pid)) }
      return
    }
    if isLive {
      let columns = stream.terminalSize?.columns ?? 80
      let line = liveLine(progress).withVisibleControlCharacters.prefix(max(columns - 1, 1))
      stream.say("\r\(line)\u{1b}[K", isReplaceable: true)
    } else if !hasStarted, !isQuiet {
      stream.show(startLine(progress))
    }
    hasStarted = true
  }

  /// Removes the rewritten line, so that something else can be said.
  func clear() {
    if isLive, hasStarted { stream.say("\r\u{1b}[K", isReplaceable: true) }
  }

  func finish(_ summary: RecordingSummary) {
    clear()
    guard !isQuiet else { return }
    for note in summary.notes { stream.show("note: \(note)") }
    for warning in summary.quality.warnings { stream.show("warning: \(warning)") }
    stream.show(endLine(summary))
  }

  func liveLine(_ progress: RecordingProgress) -> String {
    """
    Recording \(target(progress)) \(progress.elapsed.fixed(1))s  \
    \(progress.samples.grouped) samples  \(progress.achievedRate.fixed(1)) Hz  \
    \(progress.lost.grouped) lost  GIL \((progress.gilHeldShare * 100).fixed(0))%  [Ctrl-C stops]
    """
  }

  func startLine(_ progress: RecordingProgress) -> String {
    "hyflame: recording \(target(progress)) at \(plan.rate) Hz into \(plan.output); Ctrl-C stops"
  }

  static func waitingLine(_ pid: Int32) -> String {
    """
    hyflame: stopped recording; waiting for process \(pid) to end, Ctrl-C again leaves it running
    """
  }

  private func target(_ progress: RecordingProgress) -> String {
    progress.interpreter.isEmpty
      ? "pid \(progress.pid)" : "pid \(progress.pid) (\(progress.interpreter))"
  }

  func endLine(_ summary: RecordingSummary) -> String {
    let progress = summary.progress
    let ended = summary.end == .targetEnded ? "the target ended; " : ""
    let samples = progress.samples == 1 ? "1 sample" : "\(progress.samples.grouped) samples"
    var threads = counted(summary.sampledThreads, of: summary.threads, "thread", "threads")
    if summary.processes > 1 {
      threads +=
        " in "
        + counted(summary.sampledProcesses, of: summary.processes, "process", "processes")
    }
    let quality = summary.quality
    let stacks = quality.samples > 0 ? "; \(quality.completeText)" : ""
    let file = plan.output == "hyflame.data" ? "" : " " + plan.output.shellQuoted
    return """
      hyflame: \(ended)\(samples) of \(threads) in \
      \(progress.elapsed.fixed(1)) s (\(progress.achievedRate.fixed(1)) Hz, \
      \(progress.lost.grouped) lost\(stacks)) are in \(plan.output); \
      next: hyflame report\(file)
      """
  }

  /// `3 threads`, or `2 of 3 threads`, if not all have samples.
  private func counted(_ some: Int, of all: Int, _ noun: String, _ plural: String) -> String {
    let text = "\(all) \(all == 1 ? noun : plural)"
    return some == all ? text : "\(some) of \(text)"
  }
}
