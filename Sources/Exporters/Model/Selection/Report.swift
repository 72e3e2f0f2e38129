public import ProfileModel

/// One profile seen through one set of options; `write` renders it in any form.
public struct Report {
  let profile: Profile
  let options: ReportOptions
  let selection: Selection
  /// Of the whole recording, whatever the filters say.
  public let quality: RecordingQuality
  /// What `sourceFiles` hold, as far as it is to be shown.
  public var sources: [SourceText] = []

  /// The start of the recording, nanoseconds since the Unix epoch; 0 if unknown.
  public var startTime: Int64 { profile.recording.startTime }

  /// Fails if the tables of `profile` do not fit together, as those of a damaged file may not.
  public init(_ profile: Profile, options: ReportOptions) throws(ProfileInconsistency) {
    try profile.checkConsistency()
    self.init(consistent: profile, options: options)
  }

  /// For a profile that has been checked.
  init(consistent profile: Profile, options: ReportOptions) {
    var profile = profile
    profile.nameThreads()
    self.profile = profile
    self.options = options
    selection = Selection(profile, options: options)
    quality = RecordingQuality(profile)
  }

  /// True if no sample passes the filters, or all that do are hidden.
  public var isEmpty: Bool { selection.kept.isEmpty }

  /// What is left out where it is all that there is: `idle 98.0 %, no CPU free 2.0 %`. Nil if anything
  /// is shown, or nothing passes the filters.
  public var onlyHiddenTime: String? {
    guard isEmpty, selection.categories.contains(where: { $0.samples > 0 }) else { return nil }
    return hiddenTimeText.isEmpty ? "time too short to be shown" : hiddenTimeText
  }

  /// Returns what the user should know of this rendering beyond its content, if anything.
  @discardableResult
  public func write<Sink: ByteSink>(_ format: ReportFormat, to sink: inout Sink) -> String? {
    var erased = ErasedSink(sink)
    let remark = write(format, to: &erased)
    if let written = erased.sink as? Sink { sink = written }
    return remark
  }

  private func write(_ format: ReportFormat, to sink: inout ErasedSink) -> String? {
    switch format {
    case .text: TextReport(self).write(to: &sink)
    case .folded:
      let folded = FoldedExporter(self)
      folded.write(to: &sink)
      return folded.remark
    case .json: JSONExporter(self).write(to: &sink)
    case .svg:
      let graph = FlameGraphSVG(self)
      graph.write(to: &sink)
      return graph.remark
    case .html:
      let page = HtmlReport(self)
      page.write(to: &sink)
      return page.remark
    case .pprof:
      let pprof = PprofExporter(self)
      pprof.write(to: &sink)
      return pprof.remark
    case .callgrind: CallgrindExporter(self).write(to: &sink)
    case .speedscope: return write(SpeedscopeExporter(self), to: &sink)
    case .firefox: return write(FirefoxExporter(self), to: &sink)
    case .chrome: return write(ChromeTraceExporter(self), to: &sink)
    case .perfScript: return write(PerfScriptExporter(self), to: &sink)
    }
    return nil
  }

  private func write(_ exporter: some TimelineExporter, to sink: inout ErasedSink) -> String? {
    exporter.write(to: &sink)
    return exporter.remark
  }

  /// Nanoseconds that pass the filters and are not hidden.
  var shownTime: Int64 {
    selection.categories.indices.reduce(0) { sum, index in
      guard let category = TimeCategory(rawValue: index), !options.filter.hides(category) else {
        return sum
      }
      return sum &+ selection.categories[index].time
    }
  }

  func callTree(mergesEqualNames: Bool = false) -> CallTree {
    CallTreeBuilder.build(
      profile, selection, options: options, mergesEqualNames: mergesEqualNames)
  }
}
