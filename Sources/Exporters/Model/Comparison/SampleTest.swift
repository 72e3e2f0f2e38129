import ProfileModel
import SampleTypes

/// A filter made ready for one profile: every regular expression has been answered for every
/// distinct frame, so that a sample costs a few array reads.
struct SampleTest {
  private let filter: ProfileFilter
  private let keepsGil: [Bool]
  private let keepsCPU: [Bool]
  private let keepsMerge: [Bool]
  private let keepsThread: [Bool]
  /// One entry a stack node, shifted by one so that -1, "no stack", is entry 0.
  private let keepsStack: [Bool]

  init(_ profile: Profile, filter: ProfileFilter) {
    self.filter = filter
    keepsGil = GilState.allCases.map { filter.gil.isEmpty || filter.gil.contains($0) }
    keepsCPU = CPUState.allCases.map { filter.cpu.isEmpty || filter.cpu.contains($0) }
    keepsMerge = MergeQuality.allCases.map { filter.merge.isEmpty || filter.merge.contains($0) }
    keepsThread = Self.threads(profile, patterns: filter.threads)
    keepsStack = Self.stacks(profile, filter: filter)
  }

  func keeps(_ sample: Sample) -> Bool {
    keepsGil[Int(sample.gil.rawValue)] && keepsCPU[Int(sample.cpu.rawValue)]
      && keepsMerge[Int(sample.merge.rawValue)] && keepsThread[Int(sample.thread)]
      && keepsStack[Int(sample.stack) + 1] && sample.time >= filter.from ?? Int64.min
      && sample.time < filter.to ?? Int64.max
  }

  private static func threads(_ profile: Profile, patterns: [FramePattern]) -> [Bool] {
    guard !patterns.isEmpty else { return profile.threads.map { _ in true } }
    let names = profile.threads.map(\.name)
    var result = profile.threads.map { thread in
      patterns.contains { $0.source == String(thread.tid) }
    }
    for pattern in patterns {
      for (index, matches) in pattern.matches(in: names).enumerated() where matches {
        result[index] = true
      }
    }
    return result
  }

  private static func stacks(_ profile: Profile, filter: ProfileFilter) -> [Bool] {
    var result = Array(repeating: true, count: profile.stacks.count + 1)
    guard !filter.include.isEmpty || !filter.exclude.isEmpty else { return result }
    let spelling = FrameSpelling(profile: profile)
    let names = profile.frames.map {
      spelling.spell(function: $0.function, line: $0.line, isInlined: $0.isInlined)
    }
    for (patterns, wanted) in [(filter.include, true), (filter.exclude, false)] {
      for pattern in patterns {
        let found = containing(profile, frames: pattern.matches(in: names))
        for index in result.indices where found[index] != wanted { result[index] = false }
      }
    }
    return result
  }

  /// For each stack node, shifted by one, whether it or an ancestor has a frame of `frames`.
  private static func containing(_ profile: Profile, frames: [Bool]) -> [Bool] {
    var found = Array(repeating: false, count: profile.stacks.count + 1)
    for (index, node) in profile.stacks.enumerated() {
      found[index + 1] = found[Int(node.parent) + 1] || frames[Int(node.frame)]
    }
    return found
  }
}
