import Exporters
import ProfileModel
import Support
import Testing

/// Profiles whose tables hold anything: what passes the check must be rendered in every form
/// without a trap, however absurd it is.
struct MutatedProfileTests {
  /// Forgets what it is given.
  private struct NoSink: ByteSink {
    var count = 0

    mutating func write(_ bytes: Span<UInt8>) { count += bytes.count }
  }

  @Test func everyFormTakesWhatPassesTheCheck() throws {
    var rendered = 0
    for seed in 0..<UInt64(600) {
      var numbers = SeededNumbers(seed: seed)
      var profile = Profile.random(seed: seed % 7, samples: 60)
      for _ in 0...Int.random(in: 0..<6, using: &numbers) { mutate(&profile, &numbers) }
      var options = ReportOptions()
      options.filter.showsHiddenTime = seed % 2 == 0
      options.splitsByGil = seed % 3 == 0
      options.showsPlumbing = seed % 5 == 0
      guard let report = try? Report(profile, options: options) else { continue }
      for format in ReportFormat.allCases {
        var sink = NoSink()
        report.write(format, to: &sink)
        rendered += sink.count > 0 ? 1 : 0
      }
    }
    #expect(rendered > 3000, "most mutations pass the check")
  }

  private func mutate(_ profile: inout Profile, _ numbers: inout SeededNumbers) {
    let extreme = [Int64.min, -1, 0, 1, 1 << 31, 1 << 59, Int64.max].randomElement(using: &numbers)!
    let small = Int32(truncatingIfNeeded: extreme)
    let sample = Int.random(in: profile.samples.indices, using: &numbers)
    let frame = Int.random(in: profile.frames.indices, using: &numbers)
    let function = Int.random(in: profile.functions.indices, using: &numbers)
    switch numbers.next() % 16 {
    case 0: profile.samples[sample].time = extreme
    case 1: profile.samples[sample].weight = extreme
    case 2: profile.samples[sample].stack = small
    case 3: profile.samples[sample].thread = small
    case 4: profile.frames[frame].line = small
    case 5: profile.frames[frame].address = UInt64(bitPattern: extreme)
    case 6: profile.frames[frame].isInlined.toggle()
    case 7: profile.functions[function].line = small
    case 8: profile.functions[function].module = small
    case 9: profile.functions[function].kind = .kernel
    case 10: profile.recording.rate = small
    case 11: profile.recording.startTime = extreme
    case 12: profile.recording.duration = extreme
    case 13: profile.threads[0].tid = small
    case 14: profile.modules = profile.modules.map { Module(path: $0.path, buildID: "äöü\(small)") }
    default: profile.samples.shuffle(using: &numbers)
    }
  }
}
