import Exporters
import Foundation
import ProfileModel
import Support
import Testing

/// The program of `Tests/Fixtures/formats` in every form of ours says what the fixtures say, which
/// were written by another hand and accepted by the programs that the forms are for. (`make formats`
/// compares the pprof form, with pprof.)
struct FormatSampleTests {
  private func ours(_ format: ReportFormat) throws -> Data {
    Data(try render(FormatSamples.profile, format) { $0.filter.showsHiddenTime = true })
  }

  private func theirs(_ name: String) throws -> Data {
    try Data(
      contentsOf: URL(fileURLWithPath: "\(repositoryRoot)/Tests/Fixtures/formats/\(name)"))
  }

  /// MainThread: parse 4, longest_match 3, ksys_read 3; worker-0: worker 4, parse 2.
  private func expectTruth(_ reduced: FormatReading.Reduced) {
    let own = reduced.filter { $0.value.own > 0 }.mapValues(\.own)
    let key = { FormatReading.Key(thread: $0, function: $1) }
    #expect(
      own == [
        key(4242, "parse"): 4, key(4242, "longest_match"): 3, key(4242, "ksys_read"): 3,
        key(4250, "worker"): 4, key(4250, "parse"): 2,
      ])
    #expect(reduced[key(4242, "main")]?.total == 10)
    #expect(reduced[key(4250, "Thread.run")]?.total == 6)
  }

  @Test func speedscope() throws {
    let mine = try FormatReading.speedscope(ours(.speedscope))
    expectTruth(mine)
    #expect(try mine == FormatReading.speedscope(theirs("app.sampled.speedscope.json")))
    let frames = { (data: Data) throws -> Set<String> in
      let shared = try FormatReading.object(data)["shared"] as? [String: Any]
      let frames = shared?["frames"] as? [[String: Any]] ?? []
      return Set(frames.map { "\($0["name"] ?? "") \($0["line"] ?? "")" })
    }
    // Groups that no stack has are no harm.
    #expect(
      try frames(ours(.speedscope)).subtracting(["all ", "[no stack] "])
        == frames(theirs("app.sampled.speedscope.json")))
  }

  @Test func firefox() throws {
    let mine = try FormatReading.firefox(ours(.firefox))
    expectTruth(mine)
    #expect(try mine == FormatReading.firefox(theirs("app.firefox-v60.json")))
    let (one, other) = (
      try FormatReading.object(ours(.firefox)),
      try FormatReading.object(theirs("app.firefox-v60.json"))
    )
    let ids = { (json: [String: Any]) in
      Set((json["libs"] as? [[String: Any]] ?? []).compactMap { $0["breakpadId"] as? String })
    }
    #expect(ids(one) == ids(other))
    #expect(ids(one).count == 2)
    // Every key that the other writer found necessary is there.
    let keys = { (json: [String: Any], path: [String]) -> Set<String> in
      let object = path.reduce(json as Any?) { object, key in
        key == "0" ? (object as? [Any])?.first : (object as? [String: Any])?[key]
      }
      return Set(((object as? [String: Any]) ?? [:]).keys)
    }
    for path in [
      [], ["meta"], ["shared"], ["shared", "stackTable"], ["shared", "frameTable"],
      ["shared", "funcTable"], ["shared", "resourceTable"], ["shared", "nativeSymbols"],
      ["shared", "sources"], ["threads", "0"], ["threads", "0", "markers"], ["libs", "0"],
      ["meta", "markerSchema", "0"], ["meta", "sampleUnits"],
    ] {
      let missing = keys(other, path).subtracting(keys(one, path))
      #expect(missing.subtracting(["logicalCPUs"]).isEmpty, "\(path)")
    }
  }

  @Test func gilMarkers() throws {
    let states = { (data: Data) throws -> [[String]] in
      let threads = try FormatReading.object(data)["threads"] as? [[String: Any]] ?? []
      return threads.map { thread in
        let markers = thread["markers"] as? [String: Any] ?? [:]
        let data = markers["data"] as? [[String: Any]] ?? []
        let starts = markers["startTime"] as? [Double] ?? []
        let ends = markers["endTime"] as? [Double] ?? []
        return data.indices.map { "\(data[$0]["state"] ?? "") \(starts[$0]) \(ends[$0])" }
      }
    }
    #expect(try states(ours(.firefox)) == states(theirs("app.firefox-v60.json")))
  }

  @Test func chrome() throws {
    let mine = try FormatReading.chrome(ours(.chrome))
    expectTruth(mine)
    #expect(try mine == FormatReading.chrome(theirs("app.trace.json")))
  }

  @Test func perfScript() throws {
    let mine = FormatReading.perfScript(try ours(.perfScript))
    expectTruth(mine)
    #expect(mine == FormatReading.perfScript(try theirs("app.noheader.linux-perf.txt")))
  }

  @Test func callgrind() throws {
    var mine = FormatReading.callgrind(try ours(.callgrind), unit: 10_000_000)
    let other = FormatReading.callgrind(try theirs("callgrind.out.app"), unit: 1)
    // Only our root calls the outermost functions.
    for root in ["<module>", "Thread.run"] {
      mine[FormatReading.Key(thread: 0, function: root)]?.total = 0
    }
    mine[FormatReading.Key(thread: 0, function: "all")] = nil
    #expect(mine == other)
  }

  /// Folded stacks name the module of native frames, theirs does not.
  @Test(arguments: [
    ("app.folded", false, false), ("app.annotated.folded", true, true),
    ("app.threads.folded", true, false),
  ])
  func folded(name: String, showsLines: Bool, annotates: Bool) throws {
    let text = try renderText(FormatSamples.profile, .folded) {
      $0.filter.showsHiddenTime = true
      $0.annotates = annotates
    }
    let mine = foldedStacks(text).map { stack, microseconds in
      let frames = stack.split(separator: ";").map { frame -> String in
        let plain = String(frame).replacing(#/ \([^()]*\.so[^()]*\)/#, with: "")
        return showsLines ? plain : plain.replacing(/:\d+\)/, with: ")")
      }
      return "\(frames.joined(separator: ";")) \(microseconds / 10_000)"
    }
    let lines = String(decoding: try theirs(name), as: UTF8.self).split(separator: "\n").map {
      String($0).replacing(/^process [^;]*;thread [^;]*;/, with: "")
    }
    #expect(mine.sorted() == lines.sorted())
  }
}
