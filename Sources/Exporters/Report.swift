public import ProfileModel

/// One profile seen through one set of options; `write` renders it in any form.
public struct Report {
  let profile: Profile
  let options: ReportOptions
  let selection: Selection

  /// Fails if the tables of `profile` do not fit together, as those of a damaged file may not.
  public init(_ profile: Profile, options: ReportOptions) throws(ProfileInconsistency) {
    try profile.checkConsistency()
    self.profile = profile
    self.options = options
    selection = Selection(profile, options: options)
  }

  /// True if no sample passes the filters.
  public var isEmpty: Bool { selection.kept.isEmpty }

  public func write(_ format: ReportFormat, to sink: inout some ByteSink) {
    switch format {
    case .text: TextReport(self).write(to: &sink)
    case .folded: FoldedExporter(self).write(to: &sink)
    case .json: JSONExporter(self).write(to: &sink)
    case .svg: FlameGraphSVG(self).write(to: &sink)
    }
  }

  func callTree(mergesEqualNames: Bool = false) -> CallTree {
    CallTreeBuilder.build(
      profile, selection, options: options, mergesEqualNames: mergesEqualNames)
  }
}
