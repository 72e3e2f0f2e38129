import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

@testable import Exporters

/// The page and its data. What its script makes of them is tried by Scripts/check-html in a browser.
struct HtmlReportTests {
  static let variants: [@Sendable (inout ReportOptions) -> Void] = [
    { _ in },
    { $0.splitsByThread = true },
    { $0.showsPlumbing = true },
    { $0.frames = .pythonOnly },
    {
      $0.frames = .nativeOnly
      $0.splitsByThread = true
    },
  ]

  static let cases = (0..<variants.count).flatMap { variant in
    (1...6).map { (variant, UInt64($0)) }
  }

  @Test(arguments: cases)
  func theDataIsThatOfTheSamples(variant: Int, seed: UInt64) throws {
    let profile = Profile.random(seed: seed)
    var options = ReportOptions()
    options.filter.showsHiddenTime = true
    Self.variants[variant](&options)
    let model = PlainModel(profile, options: options)
    let page = try HtmlDataReader(profile, Self.variants[variant])
    let (own, total) = page.functions()
    #expect(own == model.own)
    #expect(total == model.total)
    #expect(page.parents.enumerated().dropFirst().allSatisfy { $0.element < $0.offset })
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func statesAndThreadsAreThoseOfTheSamples(seed: UInt64) throws {
    struct State: Hashable {
      var tid: Int
      var gil: GilState
      var cpu: CPUState
    }
    let profile = Profile.random(seed: seed)
    var expected: [State: Int64] = [:]
    for sample in profile.samples where sample.weight > 0 {
      let tid = Int(profile.threads[Int(sample.thread)].tid)
      expected[State(tid: tid, gil: sample.gil, cpu: sample.cpu), default: 0] += sample.weight
    }
    let page = try HtmlDataReader(profile)
    let threads = try #require(page.tables["threads"] as? [[String: Any]])
    var found: [State: Int64] = [:]
    for (thread, lane) in zip(threads, page.lanes) {
      let tid = try #require(thread["tid"] as? Int)
      for stretch in lane {
        found[State(tid: tid, gil: stretch.gil, cpu: stretch.cpu), default: 0] += stretch.duration
      }
      for (one, next) in zip(lane, lane.dropFirst()) {
        #expect(next.start >= one.start + one.duration, "stretches follow each other")
      }
    }
    #expect(found == expected)
    #expect(threads.count == page.lanes.count)
  }

  @Test func stretchesLieWhereTheSamplesWere() throws {
    var build = ProfileBuilding()
    let main = build.thread("MainThread", tid: 1)
    build.sample(main, "f (a.py:1)", .held, count: 3)
    build.profile.samples[0].time = 10_000_000
    build.profile.samples[1].time = 20_000_000
    build.profile.samples[2].time = 3_000_000_000
    let lane = try HtmlDataReader(build.profile).lanes[0]
    #expect(lane.map(\.start) == [0, 2_990_000_000])
    #expect(lane.map(\.duration) == [20_000_000, 10_000_000])
  }

  @Test func threadsWithoutPythonHaveRootsOfTheirOwn() throws {
    let page = try HtmlDataReader(ProfileBuilding.example)
    let names: [String] = page.column("functions", "name")
    let functions: [Int] = page.column("frames", "function")
    let roots = page.parents.indices.dropFirst().filter { page.parents[$0] == 0 }
      .map { names[functions[page.frames[$0]]] }
    #expect(roots.contains("thread openblas"))
    #expect(!roots.contains { $0.contains("MainThread") })
  }

  @Test func itMakesNoRequest() throws {
    let page = try renderText(ProfileBuilding.example, .html)
    #expect(page.contains("default-src 'none'; script-src 'unsafe-inline'; style-src"))
    for forbidden in ["http:", "https:", "//cdn", "@import", "url(", "<iframe", "src=", "fetch("] {
      #expect(!page.contains(forbidden), "\(forbidden)")
    }
    #expect(page.matches(of: /href=/).count == page.matches(of: /href="data:,"/).count)
  }

  @Test func splitAndLedgerAreThereWithoutAScript() throws {
    let page = try renderText(ProfileBuilding.example, .html)
    let text = try renderText(ProfileBuilding.example, .text) { $0.width = 200 }
    #expect(page.contains("<tr><td>GIL held</td><td>0.650 s</td>"))
    for line in ["3 records lost", "2 × innermost activation is being entered"] {
      #expect(page.contains(line))
      #expect(text.contains(line))
    }
  }

  @Test func whatWasAskedForIsSaid() throws {
    let page = try renderText(ProfileBuilding.example, .html) { $0.filter.gil = [.held] }
    #expect(page.contains("<p class=\"condition\">only: GIL held</p>"))
  }

  /// Markup is the same whatever the names are: nothing in them opens or ends an element.
  @Test(arguments: HostileNameTests.names)
  func hostileNames(_ name: String) throws {
    let page = try renderText(HostileNameTests.profile(name), .html)
    let reference = try renderText(HostileNameTests.profile("plain"), .html)
    for mark in "<>\"'".utf8 {
      #expect(page.utf8.count { $0 == mark } == reference.utf8.count { $0 == mark })
    }
    let head = page.prefix(upTo: try #require(page.range(of: "id=\"data\"")).lowerBound)
    #expect(
      head.unicodeScalars.allSatisfy { $0 == "\n" || $0.isHarmless }, "no controls in markup")
    let data = try HtmlDataReader(HostileNameTests.profile(name))
    let names: [String] = data.column("functions", "name")
    let kinds: [Int] = data.column("functions", "kind")
    let safe = name.isEmpty ? "[unnamed]" : name.replacingHarmfulScalars(with: "\u{FFFD}")
    for (kind, found) in zip(kinds, names) where kind < 3 { #expect(found == safe) }
  }

  @Test func sourcesAreInTheData() throws {
    let text = "import os\n</script>\n\u{1F525}\n"
    let page = try HtmlDataReader(
      ProfileBuilding.example,
      sources: [SourceText(file: "/srv/app/train.py", text: text, note: "Changed.")])
    let sources = try #require(page.tables["sources"] as? [[String: Any]])
    let paths = try #require(page.tables["paths"] as? [String])
    #expect(sources.count == 1)
    #expect(sources[0]["text"] as? String == text)
    #expect(sources[0]["note"] as? String == "Changed.")
    #expect(paths[try #require(sources[0]["file"] as? Int)] == "/srv/app/train.py")
  }

  @Test func filesWithMostTimeComeFirst() throws {
    let report = try Report(ProfileBuilding.example, options: ReportOptions())
    #expect(report.sourceFiles.first == "/srv/app/train.py")
    #expect(Set(report.sourceFiles).count == report.sourceFiles.count)
    #expect(!report.sourceFiles.contains(""))
  }

  @Test(arguments: 0...10)
  func base64(length: Int) {
    let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 89 + 3) }
    for cut in 0...length {
      var sink = Base64Sink(MemorySink())
      for part in [Array(bytes[..<cut]), Array(bytes[cut...])] { sink.write(part.span) }
      #expect(sink.finish().bytes == Array(Data(bytes).base64EncodedString().utf8))
    }
  }
}
