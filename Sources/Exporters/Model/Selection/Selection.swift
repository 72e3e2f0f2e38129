import ProfileModel
import SampleTypes

/// What the filters keep of a profile, and the sums that need one look at every sample.
struct Selection {
  /// Samples and nanoseconds.
  struct Amount: Equatable {
    var samples: Int64 = 0
    var time: Int64 = 0

    static func &+= (left: inout Amount, right: Amount) {
      left.samples &+= right.samples
      left.time &+= right.time
    }
  }

  /// Filtered samples, hidden ones included, by `CPUState` and `GilState`.
  private(set) var states: [Amount]
  /// As `states`, per thread and `TimeCategory`.
  private(set) var threads: [[Amount]]
  /// Indices of the kept samples (hidden ones only where asked for), grouped by root.
  private(set) var kept: [Int32] = []
  /// Root of each thread: 0 for threads that share the common root.
  private(set) var rootOfThread: [Int32]
  /// Names of each root's frames, outermost first: the process where there are several, and the
  /// thread. The first root has none.
  private(set) var roots: [[String]]
  /// For each root the range of its samples in `kept`.
  private(set) var groups: [Range<Int>] = []

  init(_ profile: Profile, options: ReportOptions) {
    states = Array(repeating: Amount(), count: CPUState.allCases.count * GilState.allCases.count)
    threads = profile.threads.map { _ in
      Array(repeating: Amount(), count: TimeCategory.allCases.count)
    }
    (rootOfThread, roots) = Self.roots(profile, options)
    let test = SampleTest(profile, filter: options.filter)
    var unordered: [Int32] = []
    unordered.reserveCapacity(profile.samples.count)
    for (index, sample) in profile.samples.enumerated() where test.keeps(sample) {
      let amount = Amount(samples: 1, time: sample.weight)
      let category = TimeCategory(sample.cpu, sample.gil)
      states[Self.state(sample.cpu, sample.gil)] &+= amount
      threads[Int(sample.thread)][category.rawValue] &+= amount
      if options.filter.hides(category) { continue }
      unordered.append(Int32(index))
    }
    group(unordered, of: profile)
  }

  func amount(_ cpu: CPUState, _ gil: GilState) -> Amount { states[Self.state(cpu, gil)] }

  /// Everything that passed the filters, hidden time included, by headline category.
  var categories: [Amount] {
    var result = Array(repeating: Amount(), count: TimeCategory.allCases.count)
    for cpu in CPUState.allCases {
      for gil in GilState.allCases {
        result[TimeCategory(cpu, gil).rawValue] &+= amount(cpu, gil)
      }
    }
    return result
  }

  /// Nanoseconds of the thread in the categories that `isShown` names.
  func time(ofThread thread: Int, where isShown: (TimeCategory) -> Bool = { _ in true }) -> Int64 {
    TimeCategory.allCases.reduce(0) { sum, category in
      isShown(category) ? sum &+ threads[thread][category.rawValue].time : sum
    }
  }

  private static func state(_ cpu: CPUState, _ gil: GilState) -> Int {
    Int(cpu.rawValue) * GilState.allCases.count + Int(gil.rawValue)
  }

  /// Counting sort: roots are few, samples are many.
  private mutating func group(_ unordered: [Int32], of profile: Profile) {
    var next = Array(repeating: 0, count: roots.count + 1)
    for index in unordered { next[root(of: profile.samples[Int(index)]) + 1] += 1 }
    for root in roots.indices {
      next[root + 1] += next[root]
      groups.append(next[root]..<next[root + 1])
    }
    kept = Array(repeating: 0, count: unordered.count)
    for index in unordered {
      let root = root(of: profile.samples[Int(index)])
      kept[next[root]] = index
      next[root] += 1
    }
  }

  private func root(of sample: Sample) -> Int { Int(rootOfThread[Int(sample.thread)]) }

  /// Threads of equal root names share a root, so that 64 BLAS workers are one tower; so do processes
  /// of one command line.
  private static func roots(
    _ profile: Profile, _ options: ReportOptions
  ) -> (ofThread: [Int32], names: [[String]]) {
    var names: [[String]] = [[]]
    var known: [[String]: Int32] = [[]: 0]
    let processes = ProcessGroups(profile, splitsByProcess: options.splitsByProcess)
    let groups = processes.groups.map { profile.rootName(of: $0) }
    let ofThread = profile.threads.map { thread -> Int32 in
      var name: [String] = []
      if profile.hasSeveralProcesses {
        name.append(groups[processes.groupOfProcess[Int(thread.process)]])
      }
      if options.splitsByThread {
        name.append(thread.isUnnamed ? thread.name : "thread \(thread.name) (\(thread.tid))")
      } else if !thread.isPython {
        name.append(thread.isUnnamed ? "thread without a name" : "thread \(thread.name)")
      }
      if let index = known[name] { return index }
      known[name] = Int32(names.count)
      names.append(name)
      return Int32(names.count - 1)
    }
    return (ofThread, names)
  }
}
