import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

@testable import Exporters

/// Forms that repeat the names of all frames for each stack stay within a limit, and say so.
@Suite struct LargeOutputTests {
  /// `depth` frames with long names, and a sample in each.
  private func tower(_ depth: Int, nameLength: Int) -> Profile {
    var profile = Profile()
    profile.functions = (0..<Int32(depth)).map {
      let number = String($0)
      return Function(
        kind: .native, name: number + String(repeating: "n", count: nameLength - number.count))
    }
    profile.frames = profile.functions.indices.map { Frame(function: Int32($0)) }
    profile.stacks = (0..<Int32(depth)).map { StackNode(parent: $0 - 1, frame: $0) }
    profile.processes = [ProcessDescription(pid: 1)]
    profile.threads = [Thread(pid: 1, tid: 1, name: "t", isPython: false)]
    profile.samples = (0..<Int32(depth)).map {
      Sample(
        time: Int64($0) * 1_000_000, weight: 1_000_000, thread: 0, stack: $0, cpu: .running,
        gil: .none, source: .userTick, merge: .nativeOnly)
    }
    return profile
  }

  @Test func foldedLinesAreCutInTheMiddle() throws {
    let report = try Report(tower(400, nameLength: 100), options: ReportOptions())
    let whole = FoldedExporter(report)
    var sink = MemorySink()
    whole.write(to: &sink)
    #expect(whole.remark == nil)
    #expect(sink.bytes.count > 8_000_000)

    let cut = FoldedExporter(report, sizeLimit: 2 << 20)
    var short = MemorySink()
    cut.write(to: &short)
    #expect(short.bytes.count < 3 << 20)
    let remark = try #require(cut.remark)
    #expect(remark.contains("lines longer than"))
    let lines = String(decoding: short.bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 400)
    // All of the time, below the right outermost and innermost frames.
    #expect(lines.allSatisfy { $0.hasPrefix("thread t;0nnn") && $0.hasSuffix("n 1000") })
    for (index, line) in lines.enumerated() {
      let frames = line.split(separator: ";")
      #expect(frames.last?.hasPrefix("\(index)n") == true)
      guard let mark = frames.firstIndex(where: { $0.hasSuffix("frames left out]") }) else {
        #expect(frames.count == index + 2)
        continue
      }
      let left = try #require(Int(frames[mark].dropFirst().prefix { $0.isNumber }))
      #expect(frames.count - 1 + left == index + 2)
    }
  }

  @Test func namesOfPerfScriptAreCut() throws {
    let report = try Report(tower(300, nameLength: 3000), options: ReportOptions())
    let exporter = PerfScriptExporter(report, sizeLimit: 16 << 20)
    var sink = MemorySink()
    exporter.write(to: &sink)
    #expect(sink.bytes.count <= 17 << 20)
    #expect(exporter.remark?.contains("names longer than") == true)
    #expect(PerfScriptExporter(report).remark == nil)
  }

  @Test func deepStacksOfPerfScriptAreCutInTheMiddle() throws {
    let report = try Report(tower(400, nameLength: 20), options: ReportOptions())
    let exporter = PerfScriptExporter(report, sizeLimit: 3 << 20)
    var sink = MemorySink()
    exporter.write(to: &sink)
    #expect(sink.bytes.count <= 3 << 20)
    #expect(exporter.remark?.contains("stacks deeper than 128 frames") == true)
    let events = String(decoding: sink.bytes, as: UTF8.self).split(separator: "\n\n")
    #expect(events.count == 400)
    let last = try #require(events.last).split(separator: "\n")
    #expect(last.count == 1 + 128 + 1)
    #expect(last[1].contains("399nnn") && last[129].contains(" 0nnn"))
    #expect(last[65].contains("[frames left out]"))
  }

  @Test func deepStacksOfPprofAreCutInTheMiddle() throws {
    let report = try Report(tower(400, nameLength: 20), options: ReportOptions())
    let exporter = PprofExporter(report, frameBudget: 60_000)
    #expect(exporter.remark == "stacks deeper than 128 frames lack those in the middle")
    #expect(PprofExporter(report).remark == nil)
    let tree = StackTree(report)
    let amounts = StackAmounts(report, tree)
    var builder = PprofBuilder(
      report.profile, tree,
      FrameLimit(depths: amounts.rows.map { Int(tree.depths[Int($0.node)]) }, budget: 60_000))
    builder.add(amounts)
    let profile = builder.finish()
    #expect(profile.sample.count == 400)
    #expect(profile.sample.reduce(0) { $0 + $1.locationID.count } <= 60_000)
    let last = try #require(profile.sample.max { $0.locationID.count < $1.locationID.count })
    #expect(last.locationID.count == 129)
    let mark = try #require(profile.location.first { $0.id == last.locationID[64] })
    let function = try #require(profile.function.first { $0.id == mark.line[0].functionID })
    #expect(profile.stringTable[Int(function.name)] == "[frames left out]")
    #expect(profile.location.count { $0.line[0].functionID == function.id } == 1)
  }

  @Test func deepStacksOfSpeedscopeAreCutInTheMiddle() throws {
    let report = try Report(tower(400, nameLength: 20), options: ReportOptions())
    let exporter = SpeedscopeExporter(report, frameBudget: 60_000)
    #expect(exporter.remark == "stacks deeper than 128 frames lack those in the middle")
    #expect(SpeedscopeExporter(report).remark == nil)
    var sink = MemorySink()
    exporter.write(to: &sink)
    let file = try #require(
      try JSONSerialization.jsonObject(with: Data(sink.bytes)) as? [String: Any])
    let frames = try #require((file["shared"] as? [String: [[String: Any]]])?["frames"])
    #expect(frames.last?["name"] as? String == "[frames left out]")
    let lanes = try #require(file["profiles"] as? [[String: Any]])
    let samples = lanes.flatMap { $0["samples"] as? [[Int]] ?? [] }
    #expect(samples.count == 400 && samples.reduce(0) { $0 + $1.count } <= 60_000)
    #expect(samples.map(\.count).max() == 129)
    #expect(samples.allSatisfy { $0.count < 129 || $0[64] == frames.count - 1 })
  }
}
