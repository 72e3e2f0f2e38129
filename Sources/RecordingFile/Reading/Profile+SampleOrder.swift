import ProfileModel

extension Profile {
  /// Keeps the promise that samples ascend in time within each thread, for a file that broke it.
  mutating func sortSamplesByThreadTime() {
    var latest = [Int64](repeating: .min, count: threads.count)
    let isSorted = samples.allSatisfy { sample in
      defer { latest[Int(sample.thread)] = sample.time }
      return sample.time >= latest[Int(sample.thread)]
    }
    // The standard sort is stable, so equal times keep their order.
    if !isSorted { samples.sort { $0.time < $1.time } }
  }
}
