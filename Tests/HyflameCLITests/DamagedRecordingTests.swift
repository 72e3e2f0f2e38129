import Exporters
import Foundation
import ProfileModel
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

  /// Status 0 and a warning, or 1 and a sentence.
  @Test func theProgramSaysWhatItDid() throws {
    var statuses: [Int32: Int] = [:]
    for seed in 0..<UInt64(150) {
      let data = damaged(seed)
      try data.write(to: URL(fileURLWithPath: directory.file("a.data")))
      let format = ReportFormat.allCases[Int(seed / 2) % ReportFormat.allCases.count]
      let run = try Hyflame(
        "report", "a.data", "-f", format.rawValue, "-o", "a.out", "--force", in: directory)
      statuses[run.status, default: 0] += 1
      switch run.status {
      case 0:
        let said = try format == .text ? directory.text(of: "a.out") : run.error
        #expect(said.contains("ends early") || said.contains("is damaged"), "seed \(seed)")
      case 1:
        #expect(run.error.hasPrefix("error: ") && run.error.hasSuffix("\n"), "seed \(seed)")
        #expect(run.error.count { $0 == "\n" } == 1, "seed \(seed): \(run.error)")
        #expect(!run.error.contains("filter"), "seed \(seed): none was given")
      default: Issue.record("seed \(seed): status \(run.status), \(run.error)")
      }
    }
    #expect(statuses[0, default: 0] > 50)
    #expect(statuses[1, default: 0] > 5, "some are beyond reading")
  }

  /// No bit of a whole file makes it a cut one.
  @Test func aFlippedBitIsDamageNotACut() throws {
    var numbers = SeededNumbers(seed: 1)
    var read = 0
    for _ in 0..<500 {
      var bytes = Array(whole)
      // After the file's own header.
      let index = Int.random(in: 12..<bytes.count, using: &numbers)
      bytes[index] ^= 1 << UInt8(numbers.next() % 8)
      guard let profile = try? RecordingReader.read(bytes: bytes, path: "a") else { continue }
      #expect(profile.ledger.damageOffset != nil, "byte \(index)")
      read += 1
    }
    #expect(read > 100)
  }

  @Test func aComparisonWarns() throws {
    try whole.dropLast(40).write(to: URL(fileURLWithPath: directory.file("cut.data")))
    let run = try Hyflame("diff", "whole.data", "cut.data", in: directory)
    #expect(run.status == 0)
    #expect(
      run.error == "warning: cut.data ends early: its recorder was killed, or the file was cut\n")
  }
}
