public import ProfileModel

extension Report {
  /// Paths of the source files of what is shown, those with most time first.
  ///
  /// They come from the recording, so whoever opens them must expect any path.
  public var sourceFiles: [String] {
    var times: [String: Int64] = [:]
    for row in FunctionTable(callTree(), sort: .totalTime).rows {
      let file = profile.functions[Int(row.function)].file
      if !file.isEmpty { times[file, default: 0] &+= row.total.sum }
    }
    return times.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }

  /// The machine that recorded; empty if unknown.
  public var host: String { profile.target.host }

  /// As whom the recorded program opened files; nil if unknown.
  public var reader: TargetDescription.Reader? { profile.target.reader }

  /// True where its paths are not those of the machine that recorded.
  public var hasOtherRoot: Bool { profile.target.hasOtherRoot }

  /// Nanoseconds since the Unix epoch when the recording ended.
  public var endTime: Int64 { profile.recording.startTime &+ profile.recording.duration }
}
