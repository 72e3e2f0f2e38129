import ProfileModel
import SampleTypes

/// Samples and time of every stack of a thread in one state.
struct StackAmounts {
  struct Row {
    /// Index in `Profile.threads`.
    var thread: Int32
    /// Innermost node in the `StackTree`.
    var node: Int32
    var gil: GilState
    var cpu: CPUState
    var samples: Int64 = 0
    var time: Int64 = 0
  }

  /// Thread by thread, in the order of their first samples.
  private(set) var rows: [Row] = []

  init(_ report: Report, _ tree: StackTree) {
    var samplesOfThread: [[Int32]] = report.profile.threads.map { _ in [] }
    for index in report.selection.kept {
      samplesOfThread[Int(report.profile.samples[Int(index)].thread)].append(index)
    }
    // The row of each node and state, if it is of the thread at hand.
    var slots = Array(repeating: Int32(-1), count: tree.nodes.count * RecordedState.count)
    for samples in samplesOfThread {
      let first = rows.count
      for index in samples { add(report.profile.samples[Int(index)], tree, &slots, first: first) }
    }
  }

  private mutating func add(
    _ sample: Sample, _ tree: StackTree, _ slots: inout [Int32], first: Int
  ) {
    let node = tree.leaf(of: sample)
    let slot =
      Int(node) * RecordedState.count + RecordedState(sample.gil, sample.cpu).rawValue
    if slots[slot] < first {
      slots[slot] = Int32(rows.count)
      rows.append(Row(thread: sample.thread, node: node, gil: sample.gil, cpu: sample.cpu))
    }
    rows[Int(slots[slot])].samples &+= 1
    rows[Int(slots[slot])].time &+= sample.weight
  }
}
