import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

@testable import Exporters

struct ComparisonTests {
  private func comparison(
    _ before: Profile = ProfileBuilding.versions.before,
    _ after: Profile = ProfileBuilding.versions.after, isAbsolute: Bool = true,
    _ change: (inout ReportOptions) -> Void = { _ in }
  ) throws -> Comparison {
    var options = ReportOptions()
    options.showsLines = false
    change(&options)
    return Comparison(
      before: try Report(before, options: options), after: try Report(after, options: options),
      basis: isAbsolute ? .absolute : .scaled)
  }

  private func render(_ comparison: Comparison, _ format: Comparison.Format) -> [UInt8] {
    var sink = MemorySink()
    comparison.write(format, to: &sink)
    return sink.bytes
  }

  private func own(_ comparison: Comparison) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: comparison.functions.map { change in
        (change.function.name, "\(change.own.before / 1e9) \(change.own.after / 1e9)")
      })
  }

  @Test func functionsAreToldApartByNameAndFileNotByLine() throws {
    let own = own(try comparison())
    #expect(own["parse"] == "3.0 1.5")
    #expect(own["deflate"] == "1.2 0.0")
    #expect(own["zstd_compress"] == "0.0 0.5")
    #expect(own["Model.fit"] == "2.0 2.6")
    #expect(own.count == 10)
    let totals = try comparison().functions.first { $0.function.name == "main" }?.total
    #expect(totals?.before == 6.6e9)
    #expect(totals?.after == 5.06e9)
  }

  @Test func theLargestChangesThatAreMoreThanChanceComeFirst() throws {
    let changes = try comparison().functions
    let names = changes.prefix { $0.own.isSignificant }.map(\.function.name)
    #expect(names == ["parse", "deflate", "Model.fit", "zstd_compress"])
    let log = try #require(changes.first { $0.function.name == "write" })
    #expect(log.own.difference == 6e7)
    #expect(!log.own.isSignificant, "46 ticks after 40 are chance")
    // 1.96 times the root of 86 ticks of 10 ms.
    #expect(abs(log.own.noise - 1.96 * 10e6 * 86.0.squareRoot()) < 1)
  }

  @Test func timesAreScaledToEqualLengths() throws {
    let scaled = try comparison(isAbsolute: false)
    #expect(abs(scaled.scale - 6.6 / 5.06) < 1e-12)
    let parse = try #require(scaled.functions.first { $0.function.name == "parse" })
    #expect(abs(parse.own.after - 1.5e9 * 6.6 / 5.06) < 1)
    #expect(parse.own.before == 3e9)
  }

  /// A function that calls itself counts once, in totals and in their noise.
  @Test func recursionCountsOnce() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "f (a.py:2@1); f (a.py:2@1); f (a.py:2@1)", .held, count: 4)
    let change = try comparison(build.profile, build.profile).functions[0]
    #expect(change.total.before == 4e7)
    #expect(change.total.beforeSquares == 4e14 && change.total.afterSquares == 4e14)
  }

  /// Whole runs of a launched command did their work in the time that they took; of others nobody knows
  /// what they had done before, or would have done after.
  @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
  func onlyWholeRunsAreComparedAsTheyAre(before: Bool, after: Bool) throws {
    var (one, other) = ProfileBuilding.versions
    (one.recording.isLaunched, one.recording.endsWithTarget) = (true, before)
    (other.recording.isLaunched, other.recording.endsWithTarget) = (after, true)
    let reports = try [one, other].map { try Report($0, options: ReportOptions()) }
    let found = Comparison(before: reports[0], after: reports[1])
    #expect(found.isAbsolute == (before && after))
    #expect((found.scale == 1) == (before && after))
    #expect(!Comparison(before: reports[0], after: reports[1], basis: .scaled).isAbsolute)
    #expect(Comparison(before: reports[0], after: reports[1], basis: .absolute).scale == 1)
    let text = String(decoding: render(found, .text), as: UTF8.self)
    let first = text.split(separator: "\n")[0]
    #expect(
      first
        == (before && after
          ? "6.60 s → 5.06 s (-23.3 %), compared as they are: both are whole runs of a command"
          : "6.60 s → 5.06 s, compared as if both had lasted as long"))
    let json = try FormatReading.object(Data(render(found, .json)))
    #expect(json["comparison"] as? String == (before && after ? "absolute" : "scaled"))
    for form in [Comparison.Format.svg, .html] {
      #expect(String(decoding: render(found, form), as: UTF8.self).contains(first))
    }
  }

  /// A reader of a comparison must know what is wrong with either side, and when it was recorded.
  @Test func warningsAndDatesOfBothAreSaid() throws {
    var (one, other) = ProfileBuilding.versions
    one.recording.startTime = 1_796_055_611_000_000_000
    other.recording.startTime = 1_796_059_211_000_000_000
    other.ledger.expectedSamples *= 2
    let found = try comparison(one, other)
    let text = String(decoding: render(found, .text), as: UTF8.self)
    #expect(text.contains("before  6.60 s · 660 samples · 2026-11-30 16:20:11 UTC · "))
    #expect(text.contains("after   5.06 s · 506 samples · 2026-11-30 17:20:11 UTC · "))
    #expect(text.contains("WARNING, after: only 50.0 % of the samples that were due on the CPU"))
    #expect(!text.contains("WARNING, before"))
    let json = try FormatReading.object(Data(render(found, .json)))
    let after = try #require(json["after"] as? [String: Any])
    #expect(after["started"] as? String == "2026-11-30T17:20:11Z")
    #expect((after["warnings"] as? [String])?.count == 1)
    #expect(String(decoding: render(found, .svg), as: UTF8.self).contains("WARNING, after: only"))
    #expect(String(decoding: render(found, .html), as: UTF8.self).contains(">WARNING, after: only"))
  }

  @Test func recordingsThatCannotBeCompared() {
    let (before, after) = ProfileBuilding.versions
    func obstacles(_ allowsRates: Bool = false, _ change: (inout Profile) -> Void) -> [String] {
      var other = after
      change(&other)
      return Comparison.obstacles(before: before, after: other, allowsDifferentRates: allowsRates)
    }
    #expect(obstacles { _ in } == [])
    #expect(
      obstacles { $0.recording.clock = "cycles" } == ["their clocks differ: task-clock and cycles"])
    #expect(obstacles { $0.recording.privileged = true } == ["only the second one saw the kernel"])
    #expect(
      obstacles { $0.recording.recordsBlocked = false } == [
        "only the first one recorded time off the CPU"
      ])
    #expect(
      obstacles { $0.recording.rate = 1000 } == [
        "their rates differ, 100 and 1000 Hz (--normalize compares them anyway)"
      ])
    #expect(obstacles(true) { $0.recording.rate = 1000 } == [])
  }

  @Test(
    arguments: [
      ("fit>+5%", 1), ("fit>+29%", 1), ("fit>+30%", 0), ("parse>+5%", 0), ("zstd>+5%", 1),
      ("write>+1%", 0), (".*>+1000%", 1), ("save>-90%", 1), ("nothing>+1%", 0),
    ])
  func limits(text: String, violations: Int) throws {
    #expect(try comparison().violations(of: ChangeLimit(text)).count == violations)
  }

  /// A renamed function must not pass in silence, and percentages say what they are of.
  @Test func whatLimitsAreAbout() throws {
    let (scaled, absolute) = (try comparison(isAbsolute: false), try comparison())
    #expect(try scaled.hasMatches(for: ChangeLimit("fit>+5%")))
    #expect(try !scaled.hasMatches(for: ChangeLimit("renamed>+5%")))
    #expect(
      try scaled.violations(of: ChangeLimit("fit>+5%")) == [
        "Model.fit (model.py) changed by +69.6 %, beyond the limit of +5% (times scaled to equal"
          + " durations; --absolute compares seconds)"
      ])
    #expect(
      try absolute.violations(of: ChangeLimit("fit>+5%")) == [
        "Model.fit (model.py) changed by +30.0 %, beyond the limit of +5%"
      ])
  }

  @Test func theSameRecordingTwiceHasNoChange() throws {
    let before = ProfileBuilding.versions.before
    let text = String(decoding: render(try comparison(before, before), .text), as: UTF8.self)
    #expect(text.hasSuffix("\nNo change: every function took as much self time as before.\n"))
  }

  @Test func hiddenTimeOfBothIsSaid() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "f (a.py:2@1)", .held, count: 50)
    build.sample(thread, "wait (a.py:9@8)", .released, cpu: .blocked, milliseconds: 500)
    let before = build.profile
    build.sample(thread, "f (a.py:2@1)", .held, count: 100)
    let text = String(
      decoding: render(try comparison(before, build.profile), .text), as: UTF8.self)
    #expect(text.contains("Left out below: before idle 50.0 %; after idle 25.0 %; -i shows it.\n"))
  }

  @Test(arguments: ["fit", "fit>5", ">+5%", "fit>five%", "(>+5%", "fit>nan%"])
  func limitsThatMakeNoSense(text: String) {
    #expect(throws: ChangeLimit.Invalid.self) { try ChangeLimit(text) }
  }

  @Test func json() throws {
    let json = try FormatReading.object(Data(render(try comparison(), .json)))
    #expect(json["schema"] as? String == "hyflame.diff/1")
    #expect(json["scale"] as? Double == 1)
    let functions = json["functions"] as? [[String: Any]] ?? []
    let first = try #require(functions.first)
    #expect(Set(first.keys) == ["name", "kind", "place", "self", "total"])
    let own = try #require(first["self"] as? [String: Any])
    #expect(first["name"] as? String == "parse")
    #expect(own["before"] as? Double == 3)
    #expect(own["change"] as? Double == -1.5)
    #expect(own["change_percent"] as? Double == -50)
    #expect(own["significant"] as? Bool == true)
    #expect((own["p"] as? Double).map { $0 > 0 && $0 < 1e-9 } == true)
    // JSON has no infinity.
    let new = functions.first { $0["name"] as? String == "zstd_compress" }
    #expect((new?["self"] as? [String: Any])?["change_percent"] is NSNull)
  }

  @Test(arguments: [80, 200])
  func textFits(width: Int) throws {
    let text = String(
      decoding: render(try comparison(isAbsolute: false) { $0.width = width }, .text),
      as: UTF8.self)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
    #expect(text.contains("Times after are multiplied by 1.304"))
  }

  /// Both directions: what has gone has a box in the first tower, what is new in the second.
  @Test func flameGraph() throws {
    let svg = try SVGReader(render(try comparison(), .svg))
    let box = { (name: String) in svg.boxes.filter { $0.name.hasPrefix(name) } }
    #expect(box("deflate").count == 1)
    #expect(box("zstd_compress").count == 1)
    #expect(box("parse").count == 2)
    let (before, after) = (box("before")[0], box("after")[0])
    #expect(before.end == after.x)
    #expect(abs(before.width * 506 - after.width * 660) < 2000)
    #expect(before.x <= box("deflate")[0].x && box("deflate")[0].end <= before.end)
    #expect(after.x <= box("zstd")[0].x && box("zstd")[0].end <= after.end)
    #expect(box("parse")[0].title.contains("3.000 s before, 1.500 s after, -50.0 %"))
    #expect(box("write")[0].title.contains("within sampling noise"))
    let red = { (fill: String) in
      Int(fill.dropFirst().prefix(2), radix: 16)! > Int(fill.suffix(2), radix: 16)!
    }
    #expect(!red(box("parse")[0].fill) && !red(box("deflate")[0].fill))
    #expect(red(box("Model.fit")[0].fill) && red(box("zstd")[0].fill))
  }

  @Test(arguments: [("diff.txt", Comparison.Format.text), ("diff.svg", .svg)])
  func golden(name: String, format: Comparison.Format) throws {
    #expect(Golden(name).difference(from: render(try comparison(isAbsolute: false), format)) == nil)
  }
}
