/// What is wrong with a profile whose tables do not fit together.
public enum ProfileInconsistency: Error, Sendable, Equatable {
  case module(function: Int)
  case function(frame: Int)
  /// The frame does not exist, or the parent does not come before its child.
  case stack(Int)
  case process(thread: Int)
  /// A thread, stack or reason that does not exist, or a negative weight.
  case sample(Int)
  /// All weights together do not fit 63 bits of nanoseconds.
  case totalWeight
}

extension Profile {
  /// Checks every index and weight, so that whoever reads the tables afterwards need not.
  ///
  /// A profile may come from a damaged or hostile file.
  public func checkConsistency() throws(ProfileInconsistency) {
    try checkTables()
    try checkThreads()
    try checkSamples()
  }

  private func checkTables() throws(ProfileInconsistency) {
    for (index, function) in functions.enumerated()
    where function.module < -1 || function.module >= modules.count {
      throw .module(function: index)
    }
    for (index, frame) in frames.enumerated()
    where frame.function < 0 || frame.function >= functions.count {
      throw .function(frame: index)
    }
    for (index, node) in stacks.enumerated()
    where node.parent < -1 || node.parent >= index || node.frame < 0 || node.frame >= frames.count {
      throw .stack(index)
    }
  }

  private func checkThreads() throws(ProfileInconsistency) {
    // Without a table there is the target.
    let count = max(processes.count, 1)
    for (index, thread) in threads.enumerated()
    where thread.process < 0 || thread.process >= count {
      throw .process(thread: index)
    }
  }

  private func checkSamples() throws(ProfileInconsistency) {
    var total: Int64 = 0
    for (index, sample) in samples.enumerated() {
      guard sample.thread >= 0, sample.thread < threads.count, sample.stack >= -1,
        sample.stack < stacks.count, sample.weight >= 0, sample.reason < ledger.reasons.count
      else { throw .sample(index) }
      let (sum, overflow) = total.addingReportingOverflow(sample.weight)
      if overflow { throw .totalWeight }
      total = sum
    }
  }
}
