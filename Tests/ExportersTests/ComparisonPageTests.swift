import Exporters
import Foundation
import ProfileModel
import Support
import Testing

@testable import Exporters

/// The page of two recordings, as far as it can be told without a browser; `check-html` drives it.
struct ComparisonPageTests {
  private func comparison(_ before: Profile, _ after: Profile) throws -> Comparison {
    var options = ReportOptions()
    options.showsLines = false
    return Comparison(
      before: try Report(before, options: options), after: try Report(after, options: options),
      basis: .absolute)
  }

  private func page(_ comparison: Comparison) -> String {
    var sink = MemorySink()
    comparison.write(.html, to: &sink)
    return String(decoding: sink.bytes, as: UTF8.self)
  }

  private func data(_ comparison: Comparison) throws -> [String: Any] {
    var sink = MemorySink()
    ComparisonPage(comparison).writeData(to: &sink)
    return try FormatReading.object(Data(sink.bytes))
  }

  @Test func dataAreThoseOfTheComparison() throws {
    let (before, after) = ProfileBuilding.versions
    let comparison = try comparison(before, after)
    let page = page(comparison)
    #expect(page.contains("default-src 'none'"))
    #expect(!page.contains("http://") && !page.contains("https://"))
    #expect(page.contains("6.60 s · 660 samples · python3 train.py"))
    let functions = try #require(try data(comparison)["functions"] as? [String: [Any]])
    let names = functions["name"] as? [String] ?? []
    let index = try #require(names.firstIndex(of: "Model.fit"))
    #expect(functions["ownBefore"]?[index] as? Int == 2_000_000_000)
    #expect(functions["ownAfter"]?[index] as? Int == 2_600_000_000)
    #expect(functions["ownCounts"]?[index] as? Int == 1)
    let stacks = try #require(try data(comparison)["stacks"] as? [String: [Any]])
    #expect((stacks["before"] as? [Int])?.reduce(0, +) == 6_600_000_000)
    #expect((stacks["after"] as? [Int])?.reduce(0, +) == 5_060_000_000)
  }

  @Test(arguments: HostileNameTests.names)
  func hostileNamesInTheOtherForms(name: String) throws {
    let profile = HostileNameTests.profile(name)
    let comparison = try comparison(profile, ProfileBuilding.example)
    let render = { (format: Comparison.Format) in
      var sink = MemorySink()
      comparison.write(format, to: &sink)
      return sink.bytes
    }
    let text = String(decoding: render(.text), as: UTF8.self)
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" || $0 == "\n" })
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    let json = try FormatReading.object(Data(render(.json)))
    let names = (json["functions"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
    #expect(names.contains(name))
    let svg = try SVGReader(render(.svg))
    #expect(svg.elements["script"] == 1 && !svg.attributeNames.contains { $0.hasPrefix("on") })
  }

  @Test(arguments: HostileNameTests.names)
  func hostileNames(name: String) throws {
    let profile = HostileNameTests.profile(name)
    let comparison = try comparison(profile, profile)
    let page = page(comparison)
    #expect(page.components(separatedBy: "<script").count == 3)
    let functions = try #require(try data(comparison)["functions"] as? [String: [Any]])
    let expected = name.isEmpty ? "[unnamed]" : name.replacingHarmfulScalars(with: "\u{FFFD}")
    #expect((functions["name"] as? [String] ?? []).allSatisfy { $0 == expected })
  }
}
