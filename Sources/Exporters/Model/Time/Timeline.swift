import ProfileModel
import SampleTypes

/// What each thread did, one stretch after the other, for the formats that have a time axis.
///
/// Every kept sample is in it with its whole weight, so that sums over a timeline are those of every
/// other form. Two things give way for that: a stretch lies up to one and a half periods beside its
/// instant, so that jitter neither overlaps nor tears apart what goes on; and where a format would
/// grow beyond its limit, stretches trade places within a `window` and join there.
struct Timeline {
  struct Stretch: BitwiseCopyable {
    /// Nanoseconds since the start of the recording.
    var start: Int64
    var duration: Int64
    /// Innermost node in the `StackTree`.
    var node: Int32
    var gil: GilState
    var cpu: CPUState

    var end: Int64 { start &+ duration }

    fileprivate func continues(in other: Self) -> Bool {
      other.start == end && other.node == node && other.gil == gil && other.cpu == cpu
    }
  }

  struct Lane {
    /// Index in `Profile.threads`.
    var thread: Int
    var stretches: [Stretch]
  }

  /// What a format grows by.
  enum Cost {
    /// Every stretch costs as much as any other.
    case stretches
    /// A stretch begins with a list of its frames.
    case frames
    /// Only frames that the stretch before did not have cost something.
    case changes
  }

  /// Threads that have time, in the order of the profile.
  private(set) var lanes: [Lane]
  /// Nanoseconds within which stretches may have traded places; 0: none has.
  private(set) var window: Int64 = 0
  /// Calls that took less time of a window than this count as their callers; 0: none does.
  private(set) var shortest: Int64 = 0

  /// `limit`: what all stretches together may cost. `columns`: for a picture, into how many parts all
  /// lanes together are divided before any part gives up its narrowest calls; without it every call
  /// is kept, and windows become as long as they must.
  init(_ report: Report, _ tree: StackTree, limit: Int, cost: Cost, columns: Int64? = nil) {
    let profile = report.profile
    let period = 1_000_000_000 / max(Int64(profile.recording.rate), 1)
    var collected: [[Stretch]] = profile.threads.map { _ in [] }
    for index in report.selection.kept {
      let sample = profile.samples[Int(index)]
      guard sample.weight > 0 else { continue }
      Self.append(sample, tree, period: period, to: &collected[Int(sample.thread)])
    }
    lanes = collected.enumerated().filter { !$0.element.isEmpty }
      .map { Lane(thread: $0.offset, stretches: $0.element) }
    let size = TimelineSize(tree, cost, limit: limit)
    guard size.exceedsLimit(lanes) else { return }
    let end = lanes.reduce(Int64(0)) { max($0, $1.stretches.last?.end ?? 0) }
    if let columns {
      reduce(toColumns: columns, until: end, tree, size)
      return
    }
    window = period * 16
    while window <= min(end, Self.latest) && size.exceedsLimit(lanes, window: window) {
      window *= 2
    }
    let ranks = tree.preorder()
    for index in lanes.indices {
      lanes[index].stretches = Self.joined(lanes[index].stretches, window: window, ranks)
    }
  }

  /// No recording is longer, and sums with a time below it do not overflow.
  private static let latest: Int64 = 1 << 60

  private static func append(
    _ sample: Sample, _ tree: StackTree, period: Int64, to lane: inout [Stretch]
  ) {
    // A tick ends the time that it stands for; a sample off the CPU begins it.
    let time = min(max(sample.time, 0), latest)
    let instant = max(sample.cpu == .running ? time - sample.weight : time, 0)
    let before = lane.last?.end ?? Int64.min
    let isGap = lane.isEmpty || instant > before &+ period &+ period / 2
    let stretch = Stretch(
      start: min(isGap ? instant : before, Int64.max - sample.weight), duration: sample.weight,
      node: tree.leaf(of: sample), gil: sample.gil, cpu: sample.cpu)
    if let last = lane.last, last.continues(in: stretch) {
      lane[lane.count - 1].duration &+= stretch.duration
    } else {
      lane.append(stretch)
    }
  }

  /// Keeps the order at the resolution of a picture: of each column only those calls remain that would
  /// be wide enough to be seen in it.
  private mutating func reduce(
    toColumns columns: Int64, until end: Int64, _ tree: StackTree, _ size: TimelineSize
  ) {
    let ranks = tree.preorder()
    let whole = lanes
    // However many threads: a lane that is divided into fewer shows nothing.
    let parts = max(columns / Int64(lanes.count), 100)
    window = max(min(end, Self.latest) / parts, 1)
    shortest = max(window / 4, 1)
    repeat {
      for index in lanes.indices {
        var stretches = whole[index].stretches
        Self.shorten(&stretches, window: window, shortest, tree)
        lanes[index].stretches = Self.joined(stretches, window: window, ranks)
      }
      guard shortest <= window, size.exceedsLimit(lanes) else { return }
      shortest *= 2
    } while true
  }

  /// Ends each stack of a window at the call that takes at least `shortest` of it.
  private static func shorten(
    _ stretches: inout [Stretch], window: Int64, _ shortest: Int64, _ tree: StackTree
  ) {
    var times: [Int32: Int64] = [:]
    var first = 0
    while first < stretches.count {
      let number = stretches[first].start / window
      var end = first
      times.removeAll(keepingCapacity: true)
      while end < stretches.count && stretches[end].start / window == number {
        var node = stretches[end].node
        while node > 0 {
          times[node, default: 0] &+= stretches[end].duration
          node = tree.nodes[Int(node)].parent
        }
        end += 1
      }
      for index in first..<end {
        while stretches[index].node > 0 && times[stretches[index].node, default: 0] < shortest {
          stretches[index].node = tree.nodes[Int(stretches[index].node)].parent
        }
      }
      first = end
    }
  }

  /// Puts stretches of one window into the order of the tree and joins those that are alike.
  private static func joined(
    _ stretches: [Stretch], window: Int64, _ ranks: [Int32]
  ) -> [Stretch] {
    var result: [Stretch] = []
    var first = 0
    while first < stretches.count {
      let number = stretches[first].start / window
      var end = first + 1
      while end < stretches.count && stretches[end].start / window == number { end += 1 }
      var start = max(stretches[first].start, result.last?.end ?? 0)
      for stretch in stretches[first..<end].sorted(by: { key($0, ranks) < key($1, ranks) }) {
        var stretch = stretch
        stretch.start = min(start, Int64.max - stretch.duration)
        start &+= stretch.duration
        if let last = result.last, last.continues(in: stretch) {
          result[result.count - 1].duration &+= stretch.duration
        } else {
          result.append(stretch)
        }
      }
      first = end
    }
    return result
  }

  private static func key(_ stretch: Stretch, _ ranks: [Int32]) -> UInt64 {
    UInt64(UInt32(bitPattern: ranks[Int(stretch.node)])) << 8
      | UInt64(stretch.gil.rawValue << 4 | stretch.cpu.rawValue)
  }
}

extension Timeline {
  /// The same for a picture, in few words.
  var orderNote: String? {
    guard window > 0 else { return nil }
    let seconds = { NumberText.seconds($0, decimals: 3) + " s" }
    return "order of time to within \(seconds(window))"
      + (shortest > 0 ? ", calls under \(seconds(shortest)) joined to their callers" : "")
  }

  /// A sentence for the user; nil if every stretch is in its place.
  var remark: String? {
    guard window > 0 else { return nil }
    let seconds = { NumberText.seconds($0, decimals: 3) + " s" }
    return "stacks are in the order of time only to within \(seconds(window))"
      + (shortest > 0
        ? ", and shorter calls than \(seconds(shortest)) are part of their callers" : "")
      + ", to keep this form small; --from and --to choose a range that is shown whole"
  }
}
