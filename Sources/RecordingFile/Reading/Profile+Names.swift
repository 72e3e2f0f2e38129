import ProfileModel

extension Profile {
  /// Cuts long names where all frames together, each with its name spelled out, would be too much: a
  /// million frames can share one name of the file, and a report writes it for each.
  mutating func cutNames() {
    var frameCounts = [Int](repeating: 0, count: functions.count)
    for frame in frames { frameCounts[Int(frame.function)] += 1 }
    func bytes(_ limit: Int) -> Int {
      functions.indices.reduce(0) { sum, index in
        let function = functions[index]
        let length = min(function.name.utf8.count, limit) + min(function.file.utf8.count, limit)
        return sum &+ length &* frameCounts[index]
      }
    }
    let limits = [FileFormat.longestText, 1024, 256, 64]
    guard let limit = limits.first(where: { bytes($0) <= FileFormat.mostNameBytes }) ?? limits.last,
      limit < FileFormat.longestText
    else { return }
    for index in functions.indices {
      functions[index].name = functions[index].name.cut(to: limit)
      functions[index].file = functions[index].file.cut(to: limit)
    }
    ledger.notes.append("names longer than \(limit) bytes are cut: the recording has too many")
  }
}
