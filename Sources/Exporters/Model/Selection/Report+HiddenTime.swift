import ProfileModel

extension Report {
  /// The categories that are left out of everything but the split, as far as there is any such
  /// time, and their shares in parts per 1,000 of all time that passes the filters.
  var hiddenTime: [(category: TimeCategory, share: Int64)] {
    let times = selection.categories.map(\.time)
    let shares = NumberText.shares(times)
    return TimeCategory.allCases
      .filter { times[$0.rawValue] > 0 && options.filter.hides($0) }
      .map { ($0, shares[$0.rawValue]) }
  }

  /// `no CPU free 5.5 %, idle 35.5 %`; empty if nothing is hidden.
  var hiddenTimeText: String {
    hiddenTime.map {
      "\($0.category.shortLabel(profile.target)) \(NumberText.fixed($0.share, decimals: 1)) %"
    }
    .joined(separator: ", ")
  }
}
