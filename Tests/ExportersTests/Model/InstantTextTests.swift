import ProfileModel
import Support
import Testing

@testable import Exporters

/// When a recording began.
struct InstantTextTests {
  @Test(arguments: [
    (1_796_055_611, "2026-11-30T16:20:11Z"), (951_782_400, "2000-02-29T00:00:00Z"),
    (951_868_800, "2000-03-01T00:00:00Z"), (1_709_251_199, "2024-02-29T23:59:59Z"),
    (4_107_542_400, "2100-03-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
    (1, "1970-01-01T00:00:01Z"), (-2_203_977_600, "1900-02-28T00:00:00Z"),
  ])
  func iso(seconds: Int64, text: String) {
    #expect(InstantText.iso(seconds * 1_000_000_000) == text)
    #expect(InstantText.iso(seconds * 1_000_000_000 + 999_999_999) == text)
  }

  @Test(arguments: [
    (0, "2026-11-30 16:20:11 UTC"), (3600, "2026-11-30 17:20:11 +01:00"),
    (-12_600, "2026-11-30 12:50:11 -03:30"), (36_000, "2026-12-01 02:20:11 +10:00"),
  ])
  func local(zone: Int, text: String) {
    #expect(InstantText.local(1_796_055_611_000_000_000, zone: zone) == text)
  }

  @Test(arguments: [Int64.min, .max, 0])
  func anyNumberOfAFile(time: Int64) {
    #expect(InstantText.iso(time).isEmpty == (time == 0))
    #expect(InstantText.local(time, zone: .max).isEmpty == (time == 0))
  }

  @Test func everyFormSaysIt() throws {
    var profile = ProfileBuilding.example
    profile.recording.startTime = 1_796_055_611_123_456_789
    let zone = { (options: inout ReportOptions) in options.zoneOffset = 3600 }
    for form in [ReportFormat.text, .svg, .html] {
      #expect(try renderText(profile, form, zone).contains("2026-11-30 17:20:11 +01:00"))
    }
    #expect(
      try renderText(profile, .json, zone).contains(#""started":"2026-11-30T16:20:11Z""#))
    #expect(try renderText(ProfileBuilding.example, .json).contains(#""started":"""#))
  }
}
