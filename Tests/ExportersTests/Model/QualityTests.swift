import Foundation
import SampleTypes
import Support
import Testing

@testable import Exporters
@testable import ProfileModel

/// What a reader must know of a recording before any of its figures.
struct QualityTests {
  private static let notCopied = "the stack could not be copied"

  /// 3,000 samples of which every fourth has no stack, as where the kernel's buffer was full.
  private static let withoutStacks: Profile = {
    var build = ProfileBuilding()
    let thread = build.thread("worker", tid: 7)
    build.profile.ledger.reasons = ["", notCopied]
    build.profile.recording.rate = 1000
    build.sample(thread, "f (a.py:1)", .held, milliseconds: 1, count: 1250)
    build.sample(thread, "f (a.py:1)", .waiting, cpu: .blocked, milliseconds: 1, count: 1000)
    build.sample(
      thread, "", .none, cpu: .blocked, milliseconds: 1, count: 744, merge: .nativeOnly, reason: 1)
    build.sample(thread, "", .none, milliseconds: 1, count: 6, merge: .nativeOnly, reason: 1)
    build.profile.ledger.expectedSamples = 1256
    build.profile.findUnknownGil()
    return build.profile
  }()

  /// A sample of which nothing could be read is neither idle nor without the GIL.
  @Test func theStateOfWhatCouldNotBeReadIsUnknown() throws {
    let profile = Self.withoutStacks
    #expect(profile.samples.count { $0.gil == .unknown } == 750)
    let categories = try Report(profile, options: ReportOptions()).selection.categories
    #expect(categories[TimeCategory.unknownAway.rawValue].samples == 744)
    #expect(categories[TimeCategory.unknown.rawValue].samples == 6)
    #expect(categories[TimeCategory.idle.rawValue].samples == 0)
    #expect(categories[TimeCategory.native.rawValue].samples == 0)
    let text = try renderText(profile, .text)
    #expect(text.contains("\n  running, GIL unknown"))
    #expect(text.contains("\n  off CPU, state unknown"))
    #expect(text.contains("Left out below: off CPU in an unknown state 24.8 %; -i shows it."))
    let json = try object(profile)
    let states = try #require(json["states"] as? [[String: Any]])
    let unknown = states.filter { $0["gil"] as? String == "unknown" }
    #expect(unknown.map { $0["samples"] as? Int } == [6, 744])
    let kept = try Report(profile, options: options { $0.filter.gil = [.unknown] })
    #expect(kept.selection.kept.count == 6)
  }

  /// Threads without a Python state are known to have none, however their native stack ends.
  @Test func knownThreadsStayKnown() {
    var build = ProfileBuilding()
    let thread = build.thread("blas", tid: 7, isPython: false)
    build.profile.ledger.reasons = [
      "", Profile.reasonOfKnownGil, "the interpreter was not set up yet",
    ]
    build.sample(thread, "dgemm [libblas.so]", .none)
    build.sample(thread, "dgemm [libblas.so]", .none, merge: .nativeOnly)
    build.sample(thread, "dgemm [libblas.so]", .none, merge: .nativeOnly, reason: 1)
    build.sample(thread, "dgemm [libblas.so]", .none, merge: .nativeOnly, reason: 2)
    build.sample(thread, "dgemm [libblas.so]", .released, merge: .nativeOnly, reason: 2)
    build.profile.findUnknownGil()
    #expect(build.profile.samples.map(\.gil) == [.none, .none, .none, .unknown, .released])
  }

  /// One share of all samples, and the same one, in every form that people read.
  @Test func everyFormSaysTheSame() throws {
    let profile = Self.withoutStacks
    let share = "75.0 % of the samples have a complete stack"
    let brief = "only \(share), 25.0 % have none"
    let text = try renderText(profile, .text) { $0.width = 200 }
    #expect(text.split(separator: "\n")[2].hasSuffix(share))
    let head = text.split(separator: "\n").prefix(5).joined(separator: " ")
    #expect(head.contains("WARNING: \(brief): "))
    #expect(head.contains("record -r 250"))
    #expect(text.contains("750 (25.0 %) native only; 750 (25.0 %) of all have no stack"))
    #expect(text.contains("2,250 (75.0 %) exactly"))
    #expect(try renderText(profile, .svg).contains("WARNING: \(brief) · "))
    let page = try renderText(profile, .html)
    #expect(page.contains("<p class=\"condition warning\">WARNING: \(brief): "))
    #expect(page.contains(" · \(share)</p>"))
    let json = try object(profile)
    let warnings = try #require(json["warnings"] as? [String])
    #expect(warnings.count == 1 && warnings[0].hasPrefix(brief + ": "))
    let merge = try #require(json["merge"] as? [String: Any])
    #expect(merge["complete"] as? Int == 2250 && merge["no_stack"] as? Int == 750)
    #expect(merge["complete_share"] as? Double == 0.75)
  }

  @Test func colorsMarkTheWarning() throws {
    let text = try renderText(Self.withoutStacks, .text) { $0.usesColor = true }
    #expect(text.contains("\u{1B}[33mWARNING: only 75.0 %"))
  }

  @Test func aGoodRecordingHasNoWarning() throws {
    let profile = ProfileBuilding.example
    #expect(RecordingQuality(profile).warnings == [])
    #expect(try !renderText(profile, .text).contains("WARNING"))
    #expect(try object(profile)["warnings"] as? [String] == [])
    #expect(try !renderText(profile, .svg).contains("WARNING"))
  }

  /// Just under 95 %, and just above; and the first samples of a short program, which nobody can help.
  @Test(arguments: [(940, 60, true), (951, 49, false), (16, 4, false), (14, 6, true)])
  func incompleteStacks(complete: Int, partial: Int, warns: Bool) {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.profile.ledger.reasons = ["", "a Python frame could not be read"]
    build.sample(thread, "f (a.py:1)", .held, count: complete)
    build.sample(thread, "f (a.py:1)", .held, count: partial, merge: .partial, reason: 1)
    let warnings = RecordingQuality(build.profile).warnings
    #expect(warnings.isEmpty != warns)
    #expect(warnings.allSatisfy { $0.contains("modules that are imported") })
  }

  @Test(arguments: [(949, true), (950, false), (1000, false)])
  func samplesThatWereNotTaken(taken: Int, warns: Bool) {
    var build = ProfileBuilding()
    build.sample(build.thread("MainThread", tid: 1), "f (a.py:1)", .held, count: taken)
    build.profile.ledger.expectedSamples = 1000
    let warnings = RecordingQuality(build.profile).warnings
    #expect(warnings.isEmpty != warns)
    #expect(warnings.allSatisfy { $0.hasPrefix("only 94.9 % of the samples that were due") })
  }

  @Test(arguments: [(53, true), (52, false)])
  func recordsThatWereLost(lost: Int64, warns: Bool) {
    var build = ProfileBuilding()
    build.sample(build.thread("MainThread", tid: 1), "f (a.py:1)", .held, count: 1000)
    build.profile.ledger.lostSamples = lost
    let warnings = RecordingQuality(build.profile).warnings
    #expect(warnings.isEmpty != warns)
    #expect(warnings.allSatisfy { $0.contains("% of all records were lost: ") })
  }

  /// 100.0 is all of them, and nothing less.
  @Test func sharesAreNotRoundedUp() {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "f (a.py:1)", .held, count: 9999)
    #expect(RecordingQuality(build.profile).completeText.hasPrefix("100.0 % "))
    build.sample(thread, "f (a.py:1)", .held, merge: .partial)
    #expect(RecordingQuality(build.profile).completeText.hasPrefix("99.9 % "))
  }

  @Test func pythonFramesAloneAreSaid() {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "f (a.py:1)", .held, count: 100, merge: .pythonOnly)
    #expect(
      RecordingQuality(build.profile).completeText
        == "100.0 % of the samples have a complete Python stack")
  }

  /// Counts of stack ends, for which nobody has a remedy, are one note.
  @Test func minorNotesAreOne() throws {
    var profile = ProfileBuilding.example
    profile.ledger.notes = [
      "2 native stacks (0.4 %) end before the thread's first function: 2 at a word",
      "do something", "3 native stacks go through code without unwind information",
    ]
    let notes = TextReport(try Report(profile, options: ReportOptions())).ledgerEntries.last?.texts
    #expect(
      notes == [
        "do something", [profile.ledger.notes[0], profile.ledger.notes[2]].joined(separator: "; "),
      ])
  }

  private func options(_ change: (inout ReportOptions) -> Void) -> ReportOptions {
    var options = ReportOptions()
    change(&options)
    return options
  }

  private func object(_ profile: Profile) throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(with: Data(try render(profile, .json)))
    return try #require(json as? [String: Any])
  }
}
