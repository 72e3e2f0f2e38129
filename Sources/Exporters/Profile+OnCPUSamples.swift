import ProfileModel

extension Profile {
  /// Samples that time on the CPU amounts to, at the rate asked for: what `Ledger.expectedSamples`
  /// can be compared with.
  ///
  /// Counting samples would not do. Those of threads off the CPU are no part of what the rate
  /// promises, and ticks in kernel mode come a little later than one period after the last.
  var onCPUSamples: Int64 {
    let time = samples.reduce(Int64(0)) { $1.cpu == .running ? $0 &+ $1.weight : $0 }
    return scaledShare(time, of: 1_000_000_000, scale: Int64(recording.rate))
  }
}
