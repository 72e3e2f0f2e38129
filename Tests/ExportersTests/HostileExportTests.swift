import Foundation
import ProfileModel
import Support
import Testing

@testable import Exporters

/// The same names in the forms for other programs: they survive, or are replaced, and no figure
/// changes.
struct HostileExportTests {
  /// All the time that the example shows.
  static let time = Int64(2_225_000_000)

  private func expectedName(_ name: String) -> String {
    name.isEmpty ? "[unnamed]" : name.replacingHarmfulScalars(with: "\u{FFFD}")
  }

  private func json(_ name: String, _ format: ReportFormat) throws -> [String: Any] {
    try FormatReading.object(Data(try render(HostileNameTests.profile(name), format)))
  }

  @Test func theExampleHasThatTime() throws {
    let report = try Report(ProfileBuilding.example, options: ReportOptions())
    #expect(report.callTree().total == Self.time)
  }

  @Test(arguments: HostileNameTests.names)
  func speedscope(_ name: String) throws {
    let json = try json(name, .speedscope)
    let frames = (json["shared"] as? [String: Any])?["frames"] as? [[String: Any]] ?? []
    let names = Set(frames.compactMap { $0["name"] as? String })
    #expect(
      names == [
        "all", "[no stack]", expectedName(name), expectedName(name) + "_[k]",
        expectedName(name) + "_[i]",
      ])
    let profiles = json["profiles"] as? [[String: Any]] ?? []
    let weights = profiles.map { profile in
      zip(profile["samples"] as? [[Int]] ?? [], profile["weights"] as? [Int64] ?? [])
        .reduce(Int64(0)) { $1.0.isEmpty ? $0 : $0 + $1.1 }
    }
    #expect(weights.reduce(0, +) == Self.time)
  }

  @Test(arguments: HostileNameTests.names)
  func firefox(_ name: String) throws {
    let json = try json(name, .firefox)
    let strings = (json["shared"] as? [String: Any])?["stringArray"] as? [String] ?? []
    #expect(strings.contains(expectedName(name)))
    let threads = json["threads"] as? [[String: Any]] ?? []
    let weights = threads.flatMap {
      ($0["samples"] as? [String: Any])?["weight"] as? [Double] ?? []
    }
    #expect(Int64((weights.reduce(0, +) * 1e6).rounded()) == Self.time)
  }

  @Test(arguments: HostileNameTests.names)
  func chrome(_ name: String) throws {
    let events = try json(name, .chrome)["traceEvents"] as? [[String: Any]] ?? []
    let slices = events.filter { $0["ph"] as? String == "X" }
    #expect(slices.allSatisfy { $0["name"] as? String == expectedName(name) })
    let reference = try json("plain", .chrome)["traceEvents"] as? [[String: Any]] ?? []
    #expect(events.count == reference.count)
  }

  @Test(arguments: HostileNameTests.names)
  func perfScript(_ name: String) throws {
    let text = try renderText(HostileNameTests.profile(name), .perfScript)
    var time = Int64(0)
    var isHead = true
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      if isHead {
        let head = try #require(
          line.wholeMatch(of: #/\S+ \d+/\d+ \[000\] \d+\.\d{6}: (\d+) \S+: /#), "\(line)")
        time += Int64(head.1) ?? 0
      } else if !line.isEmpty {
        #expect(line.wholeMatch(of: #/\t +[0-9a-f]+ .+ \(\S*( \S*)*\)/#) != nil, "\(line)")
      }
      isHead = line.isEmpty
    }
    #expect(time == Self.time)
  }

  @Test(arguments: HostileNameTests.names)
  func callgrind(_ name: String) throws {
    let text = try renderText(HostileNameTests.profile(name), .callgrind)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let body = lines.drop { !$0.hasPrefix("ob=") }.dropLast(2)
    for line in body where !line.isEmpty {
      #expect(
        line.wholeMatch(of: #/(c?ob|fl|cfi|c?fn)=\(\d+\)( .+)?|calls=\d+ \d+|\d+( \d+){5}/#) != nil,
        "\(line)")
    }
    #expect(lines.dropLast().last?.hasPrefix("totals: \(Self.time) ") == true)
  }

  @Test(arguments: HostileNameTests.names)
  func pprof(_ name: String) throws {
    let report = try Report(HostileNameTests.profile(name), options: ReportOptions())
    let tree = StackTree(report)
    var builder = PprofBuilder(report.profile, tree, FrameLimit(depths: [], budget: 0))
    builder.add(StackAmounts(report, tree))
    let profile = builder.finish()
    #expect(profile.stringTable[0] == "")
    #expect(Set(profile.stringTable).count == profile.stringTable.count)
    #expect(
      profile.function.allSatisfy {
        profile.stringTable[Int($0.name)] == (name.isEmpty ? "[unnamed]" : name)
      })
    #expect(profile.sample.reduce(0) { $0 + $1.value[1] } == Self.time)
    #expect(profile.sample.allSatisfy { $0.value.count == profile.sampleType.count })
    let locations = Set(profile.location.map(\.id))
    #expect(profile.sample.allSatisfy { locations.isSuperset(of: $0.locationID) })
  }
}
