import Exporters
import ProfileModel
import Support
import Testing

/// Properties of the text report that hold for every profile and width.
struct TextReportTests {
  @Test(arguments: [80, 81, 97, 100, 120, 160, 200])
  func everyLineFits(width: Int) throws {
    var profiles = (1...6).map { Profile.random(seed: $0) } + [ProfileBuilding.example]
    profiles[0].functions = profiles[0].functions.map {
      Function(
        kind: $0.kind, name: String(repeating: "漢字very_long_name", count: 40), file: $0.file,
        module: $0.module)
    }
    profiles[0].ledger.notes = [String(repeating: "word ", count: 100)]
    profiles[0].target.command = String(repeating: "argument ", count: 100)
    for profile in profiles {
      for usesUnicode in [true, false] {
        let text = try renderText(profile, .text) {
          $0.width = width
          $0.usesUnicode = usesUnicode
          $0.filter.showsIdle = true
        }
        for line in text.split(separator: "\n") {
          #expect(columns(line) <= width, "\(line)")
          #expect(!line.hasSuffix(" "))
        }
      }
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func sharesAddUpToOneHundred(seed: UInt64) throws {
    let text = try renderText(Profile.random(seed: seed, samples: 37), .text)
    let lines = text.split(separator: "\n").map(String.init)
    let start = try #require(lines.firstIndex { $0.hasPrefix("Where the time went") })
    let end = try #require(lines.firstIndex { $0.hasPrefix("  all threads") })
    let tenths = { (line: String) -> Int in
      Int((Double(line.split(separator: " ").last!)! * 10).rounded())
    }
    let shares = lines[(start + 1)..<end].filter { !$0.hasSuffix("·") }.map(tenths)
    #expect(shares.reduce(0, +) == 1000)
    #expect(tenths(lines[end]) == 1000)
  }

  @Test func asciiIsAscii() throws {
    let text = try renderText(ProfileBuilding.example, .text) {
      $0.usesUnicode = false
      $0.usesColor = true
      $0.width = 80
    }
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
  }

  @Test func coloursChangeNothingElse() throws {
    let plain = try renderText(ProfileBuilding.example, .text)
    let colored = try renderText(ProfileBuilding.example, .text) { $0.usesColor = true }
    #expect(colored.contains("\u{1B}[33m"))
    #expect(colored.replacing(/\u{1B}\[[0-9]+m/, with: "").replacing(/[ ]+\n/, with: "\n") == plain)
  }

  @Test func limitsAndSorting() throws {
    let rows = { (change: @escaping (inout ReportOptions) -> Void) throws -> [Substring] in
      let lines = try renderText(ProfileBuilding.example, .text, change).split(
        separator: "\n", omittingEmptySubsequences: false)
      let start = lines.firstIndex { $0.hasPrefix("Functions by") }! + 2
      return Array(lines[start...].prefix { !$0.isEmpty })
    }
    #expect(try rows { $0.limit = 3 }.count == 3)
    #expect(try rows { $0.limit = 0 }.count == 25)
    #expect(try rows { $0.limit = 1 }[0].contains("node_split_best (_splitter.so)"))
    let byTotal = try rows {
      $0.limit = 1
      $0.sort = .totalTime
    }
    #expect(byTotal[0].contains("<module> (train.py:1)"))
  }

  @Test func whatCannotBeSeenIsSaid() throws {
    var profile = ProfileBuilding.example
    profile.samples.removeAll { $0.cpu != .running }
    profile.recording.recordsBlocked = false
    profile.ledger.isComplete = false
    let text = try renderText(profile, .text)
    #expect(text.contains("Only time on the CPU was recorded"))
    #expect(text.contains("not recorded"))
    #expect(text.contains("the recording ends early"))
  }

  @Test func aProfileWithoutSamplesIsReported() throws {
    let text = try renderText(Profile(), .text)
    #expect(text.contains("No function passes the filters."))
    #expect(text.contains("none: no thread was stopped"))
  }

  /// Columns of a terminal, by a rule of its own: what the fixtures hold is either CJK, a
  /// combining mark or narrow.
  private func columns(_ line: Substring) -> Int {
    line.unicodeScalars.reduce(0) { $0 + ((0x4E00...0x9FFF).contains($1.value) ? 2 : 1) }
  }
}
