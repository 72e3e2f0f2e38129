public import ProfileModel

/// What became of the merge, over every sample of a recording whatever the filters say.
struct MergeCounts: Equatable {
  private var outcomes = Array(repeating: Int64(0), count: MergeQuality.allCases.count)
  /// Native-only samples of threads that have no Python state: there was nothing to merge.
  private(set) var withoutPython: Int64 = 0
  /// Samples per entry of `Ledger.reasons`, only of merges that are not exact.
  private(set) var reasons: [Int64]

  init(_ profile: Profile) {
    reasons = Array(repeating: 0, count: profile.ledger.reasons.count)
    for sample in profile.samples {
      outcomes[Int(sample.merge.rawValue)] += 1
      if sample.merge == .nativeOnly, sample.reason == 0, sample.stack >= 0 { withoutPython += 1 }
      if sample.merge != .exact { reasons[Int(sample.reason)] += 1 }
    }
  }

  subscript(quality: MergeQuality) -> Int64 { outcomes[Int(quality.rawValue)] }

  /// All samples: the whole that shares refer to.
  var samples: Int64 { outcomes.reduce(0, +) }

  /// Reasons that occur, most frequent first; reason 0, "none given", is left out.
  var byFrequency: [(reason: Int, samples: Int64)] {
    reasons.enumerated().dropFirst().filter { $0.element > 0 }
      .map { (reason: $0.offset, samples: $0.element) }
      .sorted { ($1.samples, $0.reason) < ($0.samples, $1.reason) }
  }
}

extension MergeQuality {
  /// The words of the command line.
  public var name: String {
    switch self {
    case .exact: "exact"
    case .partial: "partial"
    case .pythonOnly: "python-only"
    case .nativeOnly: "native-only"
    }
  }
}
