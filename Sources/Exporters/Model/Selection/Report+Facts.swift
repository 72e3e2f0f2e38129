import ProfileModel

/// What every form says of the recording, in the same words.
extension Report {
  /// `Python 3.11.7`: of all processes, since a wrapper's child may be the one that ran it.
  var pythonText: String {
    let target = profile.target
    let own = [target.pythonVersion] + profile.processes.map(\.pythonVersion)
    var versions: [String] = []
    for version in own where !version.isEmpty && !versions.contains(version) {
      versions.append(version)
    }
    guard let first = versions.first else { return "no Python found" }
    let more = versions.count > 3 ? " and \(versions.count - 3) more" : ""
    let all = versions.count == 1 ? first : versions.prefix(3).joined(separator: ", ") + more
    return "Python \(all)\(target.isFreeThreaded ? ", no GIL" : "")"
  }

  /// `pid 4242`; where there are several processes, that they are.
  var processText: String {
    let (sampled, seen) = processCounts
    guard max(sampled, seen) > 1 else { return "pid \(profile.target.pid)" }
    return "pid \(profile.target.pid) and its children: "
      + Self.counted(sampled, of: seen, "process", "processes")
  }

  /// `3 threads`, or how many of them have samples.
  var threadText: String {
    let (sampled, seen) = threadCounts
    return Self.counted(sampled, of: seen, "thread", "threads")
  }

  /// `2026-11-30 17:20:11 +01:00`; empty if unknown.
  var startText: String {
    InstantText.local(profile.recording.startTime, zone: options.zoneOffset)
  }

  /// With samples, and seen at all; as in the line that ends `record`.
  var processCounts: (sampled: Int64, seen: Int64) {
    var hasSamples = Array(repeating: false, count: max(profile.processes.count, 1))
    for sample in profile.samples {
      hasSamples[Int(profile.threads[Int(sample.thread)].process)] = true
    }
    let sampled = Int64(hasSamples.count { $0 })
    return (sampled, max(profile.ledger.processesSeen, Int64(profile.processes.count), sampled))
  }

  private var threadCounts: (sampled: Int64, seen: Int64) {
    var hasSamples = Array(repeating: false, count: profile.threads.count)
    for sample in profile.samples { hasSamples[Int(sample.thread)] = true }
    let sampled = Int64(hasSamples.count { $0 })
    return (sampled, max(profile.ledger.threadsSeen, Int64(profile.threads.count)))
  }

  /// `3 threads`, `2 of 3 threads with samples`.
  private static func counted(
    _ sampled: Int64, of seen: Int64, _ noun: String, _ plural: String
  ) -> String {
    let all = "\(NumberText.grouped(seen)) \(seen == 1 ? noun : plural)"
    return sampled == seen ? all : "\(NumberText.grouped(sampled)) of \(all) with samples"
  }
}
