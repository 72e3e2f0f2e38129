import Exporters
import Foundation
import RecordingFile
import Support
import Testing

/// Truncations and flipped bits in every form: what can be said is said, or in a sentence why not.
@Suite struct DamagedRecordingTests {
  let directory: WorkingDirectory
  let whole: Data

  init() throws {
    directory = try WorkingDirectory()
    try directory.writeRecording("whole.data", samplesPerFlush: 40)
    whole = try Data(contentsOf: URL(fileURLWithPath: directory.file("whole.data")))
  }

  private func damaged(_ seed: UInt64) -> Data {
    var numbers = SeededNumbers(seed: seed)
    if seed % 2 == 0 { return whole.prefix(Int.random(in: 0..<whole.count, using: &numbers)) }
    var data = whole
    for _ in 0...Int.random(in: 0..<3, using: &numbers) {
      data[Int.random(in: 0..<data.count, using: &numbers)] ^= 1 << UInt8(numbers.next() % 8)
    }
    return data
  }

  @Test func everyFormIsRenderedOrRefused() throws {
    var rendered = 0
    for seed in 0..<UInt64(1000) {
      guard let profile = try? RecordingReader.read(bytes: Array(damaged(seed)), path: "damaged"),
        let report = try? Report(profile, options: ReportOptions()), !report.isEmpty
      else { continue }
      for format in ReportFormat.allCases {
        var sink = MemorySink()
        report.write(format, to: &sink)
        #expect(!sink.bytes.isEmpty, "seed \(seed), \(format)")
      }
      rendered += 1
    }
    #expect((300..<1000).contains(rendered))
  }

  @Test func theProgramSaysWhatItDid() throws {
    var statuses: [Int32: Int] = [:]
    for seed in 0..<UInt64(100) {
      let data = damaged(seed)
      try data.write(to: URL(fileURLWithPath: directory.file("a.data")))
      let format = ReportFormat.allCases[Int(seed / 2) % ReportFormat.allCases.count]
      let run = try Hyflame("report", "a.data", "-f", format.rawValue, "-o", "a.out", in: directory)
      statuses[run.status, default: 0] += 1
      switch run.status {
      case 0:
        #expect(format == .text || run.error.contains("ends early"), "seed \(seed)")
      case 1, 5:
        #expect(run.error.hasPrefix("error: ") && run.error.hasSuffix("\n"), "seed \(seed)")
      default: Issue.record("seed \(seed): status \(run.status), \(run.error)")
      }
    }
    #expect(statuses[0, default: 0] > 30)
    #expect(statuses.count > 1, "some are beyond reading")
  }
}
