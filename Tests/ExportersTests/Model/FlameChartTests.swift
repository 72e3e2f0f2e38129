import ProfileModel
import SampleTypes
import Support
import Testing

@testable import Exporters

struct FlameChartTests {
  private func chart(_ profile: Profile, limit: Int = 400_000) throws -> FlameChart {
    var options = ReportOptions()
    options.isFlameChart = true
    return FlameChart(try Report(profile, options: options), limit: limit)
  }

  /// A program that does one thing after the other for as long as a long recording lasts, and all the
  /// while switches between more calls than a picture has room for.
  private static let phases: Profile = {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    for phase in 0..<500 {
      for call in 0..<40 {
        build.sample(
          thread, "main (a.py:1); phase_\(phase % 5) (a.py:2); leaf_\(call % 7) (a.py:3)", .held,
          milliseconds: 100)
      }
    }
    build.profile.recording.rate = 10
    return build.profile
  }()

  @Test func aChartThatFitsKeepsEverything() throws {
    let chart = try chart(ProfileBuilding.example)
    #expect(chart.timeline.window == 0 && chart.timeline.remark == nil)
  }

  /// 500 phases one after the other are 500 boxes one after the other, although none of the 20,000 calls
  /// below them can be seen.
  @Test func aChartThatIsTooLargeKeepsTheOrder() throws {
    let chart = try chart(Self.phases, limit: 30_000)
    let tree = chart.tree
    let phases = tree.nodes.indices.filter { tree.frame(of: $0).name.hasPrefix("phase_") }
    #expect(chart.timeline.window > 0)
    #expect(chart.timeline.window <= Self.phases.recording.duration / 1000)
    #expect((490...1100).contains(phases.count), "\(phases.count)")
    let numbers = phases.map { Int(tree.frame(of: $0).name.dropFirst(6).prefix(1)) ?? -1 }
    let changes = zip(numbers, numbers.dropFirst()).filter { $0 != $1 }
    #expect(changes.count >= 490)
    let steps = changes.map { ($1 - $0 + 5) % 5 }
    #expect(steps.count { $0 == 1 } >= steps.count * 95 / 100, "from one phase to the next")
    #expect(tree.total == Self.phases.samples.reduce(0) { $0 + $1.weight })
    let remark = try #require(chart.timeline.remark)
    #expect(remark.contains("--from and --to"))
  }

  @Test func aMillionSamplesKeepAThousandColumns() throws {
    let profile = Profile.long(samples: 40_000)
    let chart = try chart(profile, limit: 50_000)
    let end = profile.samples.map(\.time).max() ?? 0
    #expect(chart.timeline.window > 0 && end / chart.timeline.window >= 300)
    #expect(chart.tree.nodes.count < 60_000)
    #expect(chart.tree.total == profile.samples.reduce(0) { $0 + $1.weight })
  }
}
