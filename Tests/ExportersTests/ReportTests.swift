import Exporters
import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

/// The report as a whole: the JSON shape, and profiles that do not fit together.
struct ReportTests {
  /// Key by key the shape of `hyflame.report/1`.
  @Test func jsonHasThePublishedShape() throws {
    let bytes = try render(ProfileBuilding.example, .json)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    let keys = { (value: Any?) -> Set<String> in
      Set(((value as? [String: Any]) ?? ((value as? [[String: Any]])?.first ?? [:])).keys)
    }
    #expect(json["schema"] as? String == "hyflame.report/1")
    #expect(
      keys(json) == [
        "schema", "target", "recording", "states", "merge", "pauses_us", "stop_system_calls",
        "profiler", "processes", "threads", "functions", "native_holding_gil",
        "interpreter_holding_gil", "native_released_gil", "warnings",
      ])
    #expect(keys(json["target"]) == ["pid", "command", "python", "axis", "host"])
    #expect(
      keys(json["recording"]) == [
        "duration_s", "rate_hz", "clock", "samples", "on_cpu_samples", "expected_samples",
        "lost", "privileged", "capture", "processes_seen", "threads_seen", "started", "whole_run",
      ])
    #expect(keys(json["states"]) == ["cpu", "gil", "seconds", "samples"])
    #expect(
      keys(json["merge"]) == [
        "exact", "partial", "python_only", "native_only", "reasons", "complete", "complete_share",
        "no_stack",
      ])
    #expect(keys(json["pauses_us"]) == ["count", "p50", "p99", "max", "total"])
    #expect(keys(json["stop_system_calls"]) == ["p50", "p99", "max"])
    #expect(keys(json["profiler"]) == ["cpu_s", "peak_rss_bytes"])
    #expect(keys(json["threads"]) == ["pid", "tid", "name", "python", "seconds"])
    #expect(keys(json["processes"]) == ["pid", "command", "python", "seconds"])
    #expect(
      keys(json["functions"]) == [
        "name", "symbol", "kind", "file", "line", "module", "self", "total",
      ])
    for key in ["native_holding_gil", "native_released_gil"] {
      #expect(keys(json[key]) == ["name", "module", "caller", "file", "line", "seconds"])
    }
    let function = (json["functions"] as? [[String: Any]])?.first
    #expect(keys(function?["self"]) == ["held", "released", "waiting", "none", "unknown"])
    #expect(keys(function?["total"]) == ["held", "released", "waiting", "none", "unknown"])
  }

  @Test(
    arguments: [
      ("out.svg", .svg), ("/tmp/x.y/out.JSON", .json), ("a.b.folded", .folded), ("r.txt", .text),
      ("r.html", .html),
      ("a.speedscope.json", .speedscope), ("a.pb.gz", .pprof), ("a.json.gz", .json),
      ("x.firefox.json", .firefox), ("x.trace.json.gz", .chrome), ("a.linux-perf.txt", .perfScript),
      ("/tmp/callgrind.out.12", .callgrind), (".svg", nil), ("a.gz", nil),
      ("out", nil), ("/a.svg/out", nil), ("", nil), ("out.data", nil), ("out.", nil),
    ] as [(String, ReportFormat?)])
  func formatsByExtension(path: String, format: ReportFormat?) {
    #expect(ReportFormat(path: path) == format)
  }

  @Test(
    arguments: [
      (.svg, "/tmp/x.y/slow.data", "/tmp/x.y/slow.svg"), (.html, "slow.data", "slow.html"),
      (.pprof, "slow.data", "slow.pb.gz"),
      (.callgrind, "a/slow.data", "a/callgrind.out.slow"), (.chrome, "slow", "slow.trace.json"),
      (.firefox, "/.data", "/.data.firefox.json"), (.json, "slow.data", nil),
    ] as [(ReportFormat, String, String?)])
  func pathsBesideTheRecording(format: ReportFormat, recording: String, path: String?) {
    #expect(format.path(beside: recording) == path)
    #expect(format.path(beside: "") == path.map { _ in format.path(beside: "") ?? "" })
    // The name says the form.
    if let path { #expect(ReportFormat(path: path) == format) }
  }

  @Test func jsonLimit() throws {
    let count = { (limit: Int?) throws -> Int in
      let bytes = try render(ProfileBuilding.example, .json) { $0.limit = limit }
      let json = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
      return (json?["functions"] as? [Any])?.count ?? -1
    }
    #expect(try count(nil) == 25)
    #expect(try count(0) == 25)
    #expect(try count(4) == 4)
  }

  @Test func aDamagedProfileIsRefused() throws {
    var profile = ProfileBuilding.example
    profile.samples[5].stack = Int32(profile.stacks.count)
    #expect(throws: ProfileInconsistency.sample(5)) {
      try Report(profile, options: ReportOptions())
    }
  }

  /// A stack as deep as a damaged or hostile file can hold must not overflow ours.
  @Test(arguments: ReportFormat.allCases)
  func aVeryDeepStackIsReported(format: ReportFormat) throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "f (a.py:1)", .held)
    for depth in 0..<200_000 as Range<Int32> {
      build.profile.stacks.append(StackNode(parent: depth, frame: 0))
    }
    build.profile.samples[0].stack = 200_000
    let bytes = try render(build.profile, format)
    #expect(!bytes.isEmpty)
    if format == .svg {
      let svg = try SVGReader(bytes)
      #expect(svg.boxes.count == 1000)
      #expect(svg.texts["facts"]?.contains("199,002 frames") == true)
    }
    if format == .json { #expect(String(decoding: bytes, as: UTF8.self).contains("\"held\":0.01")) }
  }

  /// However many and however long the names, the picture stays a file that browsers open.
  @Test func theFlameGraphStaysSmall() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    let tail = String(repeating: "<", count: 500)
    for index in 0..<10_000 as Range<Int32> {
      build.profile.functions.append(Function(kind: .python, name: "function_\(index)_\(tail)"))
      build.profile.frames.append(Frame(function: index))
      build.profile.stacks.append(StackNode(parent: -1, frame: index))
      build.profile.samples.append(
        Sample(
          time: 0, weight: 10_000_000 + Int64(index), thread: thread, stack: index, cpu: .running,
          gil: .held, source: .userTick, merge: .exact))
    }
    let bytes = try render(build.profile, .svg)
    #expect(bytes.count < 8_000_000)
    #expect(bytes.count > 6_000_000, "the allowance is used")
    #expect(String(decoding: bytes, as: UTF8.self).contains(" not drawn</text>"))
  }
}
