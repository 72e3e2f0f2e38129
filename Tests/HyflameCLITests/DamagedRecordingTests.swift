import Exporters
import Foundation
import Support
import Testing

/// Truncations and flipped bits, through the whole program in every form: it says what it can, or in
/// a sentence why it cannot.
@Suite struct DamagedRecordingTests {
  @Test func truncationsAndFlippedBits() throws {
    let directory = try WorkingDirectory()
    try directory.writeRecording("whole.data", isClosed: true)
    let whole = try Data(contentsOf: URL(fileURLWithPath: directory.file("whole.data")))
    var reported = 0
    var refused = 0
    for seed in 0..<UInt64(1000) {
      var numbers = SeededNumbers(seed: seed)
      var data = whole
      if seed % 2 == 0 {
        data = data.prefix(Int.random(in: 0..<data.count, using: &numbers))
      } else {
        for _ in 0...Int.random(in: 0..<3, using: &numbers) {
          data[Int.random(in: 0..<data.count, using: &numbers)] ^= 1 << UInt8(numbers.next() % 8)
        }
      }
      try data.write(to: URL(fileURLWithPath: directory.file("a.data")))
      let format = ReportFormat.allCases[Int(seed / 2) % ReportFormat.allCases.count]
      let run = try Hyflame(
        "report", "a.data", "-f", format.rawValue, "-o", "a.out", in: directory)
      switch run.status {
      case 0: reported += 1
      case 1, 5:
        refused += 1
        #expect(run.error.hasPrefix("error: ") && run.error.hasSuffix("\n"), "seed \(seed)")
      default: Issue.record("seed \(seed): status \(run.status), \(run.error)")
      }
      if run.status == 0, data.count < whole.count, format != .text {
        #expect(run.error.contains("ends early"), "seed \(seed)")
      }
    }
    #expect(refused > 500)
    // The recording is one chunk: only the end mark behind it can go without harm to it.
    #expect(reported > 0)
  }
}
