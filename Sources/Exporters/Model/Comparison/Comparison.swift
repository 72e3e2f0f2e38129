public import ProfileModel

/// Two recordings of one program, function by function.
///
/// Whole runs of a launched command are compared second by second: the one that takes less time is the
/// faster one. Of others, which somebody began and ended at some moment, the second one's times are
/// scaled as if it had lasted as long as the first.
public struct Comparison {
  /// What the second recording's times are compared as.
  public enum Basis: Sendable {
    /// As they are if both are whole runs, else scaled.
    case automatic
    case absolute, scaled
  }

  let before: Report
  let after: Report
  /// What the second recording's times are multiplied with.
  let scale: Double
  let test: ChanceTest
  /// Functions that either has, in the order of the largest changes.
  let functions: [FunctionChange]
  let options: ReportOptions
  let isAbsolute: Bool
  /// False where somebody asked for what `isAbsolute` says.
  let isAutomatic: Bool

  public init(before: Report, after: Report, basis: Basis = .automatic) {
    self.before = before
    self.after = after
    options = after.options
    let areWhole = [before, after].allSatisfy { $0.profile.recording.isWholeRun }
    isAutomatic = basis == .automatic
    isAbsolute = isAutomatic ? areWhole : basis == .absolute
    let durations = [before, after].map { Double(max($0.profile.recording.duration, 1)) }
    scale = isAbsolute ? 1 : durations[0] / durations[1]
    let rates = [before, after].map { Double(max($0.profile.recording.rate, 1)) }
    test = ChanceTest(weightRatio: rates[0] / rates[1] * scale)
    functions = FunctionChange.all(
      before: FunctionTimes(before, scale: 1), after: FunctionTimes(after, scale: scale),
      sort: options.sort, test: test)
  }

  /// Why two recordings cannot be compared, in sentences; empty if they can.
  public static func obstacles(
    before: Profile, after: Profile, allowsDifferentRates: Bool
  ) -> [String] {
    let (one, other) = (before.recording, after.recording)
    var obstacles: [String] = []
    if one.clock != other.clock {
      obstacles.append("their clocks differ: \(one.clock) and \(other.clock)")
    }
    if one.privileged != other.privileged {
      obstacles.append("only the \(one.privileged ? "first" : "second") one saw the kernel")
    }
    if one.recordsBlocked != other.recordsBlocked {
      obstacles.append(
        "only the \(one.recordsBlocked ? "first" : "second") one recorded time off the CPU")
    }
    if one.rate != other.rate, !allowsDifferentRates {
      obstacles.append(
        "their rates differ, \(one.rate) and \(other.rate) Hz (--normalize compares them anyway)")
    }
    return obstacles
  }

  public enum Format: String, Sendable, CaseIterable {
    case text, svg, html, json
  }

  public func write<Sink: ByteSink>(_ format: Format, to sink: inout Sink) {
    var erased = ErasedSink(sink)
    switch format {
    case .text: ComparisonText(self).write(to: &erased)
    case .json: ComparisonJSON(self).write(to: &erased)
    case .html: ComparisonPage(self).write(to: &erased)
    case .svg: FlameGraphSVG(self).write(to: &erased)
    }
    if let written = erased.sink as? Sink { sink = written }
  }

  /// False for a limit that checks nothing, as after a function was renamed.
  public func hasMatches(for limit: ChangeLimit) -> Bool {
    limit.pattern.matches(in: functions.map(\.name)).contains(true)
  }

  /// A sentence for each function that `limit` is about and that goes beyond it.
  public func violations(of limit: ChangeLimit) -> [String] {
    let matches = limit.pattern.matches(in: functions.map(\.name))
    return zip(functions, matches).compactMap { change, matches in
      guard matches, change.total.isSignificant, change.total.share > limit.share else {
        return nil
      }
      let what = change.total.before > 0 ? "changed by \(change.total.percentText)" : "is new"
      let basis =
        scale == 1 ? "" : " (times scaled to equal durations; --absolute compares seconds)"
      return "\(change.name) \(what), beyond the limit of \(limit.text)\(basis)"
    }
  }
}
