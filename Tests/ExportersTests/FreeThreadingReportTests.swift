import Exporters
import ProfileModel
import Support
import Testing

/// Reports about a process that ran without a GIL.
@Suite struct FreeThreadingReportTests {
  private static let profiles = [false, true].map { isFreeThreaded in
    var profile = ProfileBuilding.example
    profile.target.isFreeThreaded = isFreeThreaded
    return profile
  }

  @Test(arguments: [ReportFormat.text, .svg])
  func statesAreAttachedAndDetached(_ format: ReportFormat) throws {
    let texts = try Self.profiles.map {
      try renderText($0, format) { $0.filter.showsHiddenTime = true }
    }
    #expect(texts[0].contains("GIL held") && !texts[0].contains("attached"))
    #expect(texts[1].contains("attached") && texts[1].contains("detached"))
    #expect(!texts[1].contains("GIL held") && !texts[1].contains("GIL released"))
    #expect(!texts[1].contains("Release the GIL"))
  }

  @Test func theJSONReportSaysWhatStatesMean() throws {
    let texts = try Self.profiles.map { try renderText($0, .json) }
    #expect(texts[0].contains(#""axis":"gil""#) || texts[0].contains(#""axis": "gil""#))
    #expect(
      texts[1].contains(#""axis":"attachment""#) || texts[1].contains(#""axis": "attachment""#))
  }
}
