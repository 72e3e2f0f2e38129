import ProfileModel
import SampleTypes
import Support
import Testing

@testable import Exporters

struct FunctionTableTests {
  private func rows(
    _ build: ProfileBuilding, sort: ReportOptions.SortKey = .selfTime
  ) throws -> [(name: String, own: Int64, total: Int64)] {
    let report = try Report(build.profile, options: ReportOptions())
    return FunctionTable(report.callTree(), sort: sort).rows.map { row in
      let function = build.profile.functions[Int(row.function)]
      return (function.name, row.own.sum / 1_000_000, row.total.sum / 1_000_000)
    }
  }

  @Test func recursionCountsOncePerSample() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "fib (a.py:2@1); fib (a.py:3@1); fib (a.py:2@1)", .held)
    build.sample(thread, "fib (a.py:2@1); g (a.py:9@8); fib (a.py:2@1)", .held)
    build.sample(thread, "g (a.py:9@8)", .held)
    let rows = try rows(build)
    #expect(rows.map(\.name) == ["fib", "g"])
    #expect(rows.map(\.own) == [20, 10])
    #expect(rows.map(\.total) == [20, 20])
  }

  @Test func sortedByTheKeyThenTheOtherThenTheProfile() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "a (a.py:1); b (a.py:2)", .held)
    build.sample(thread, "c (a.py:3)", .held)
    #expect(try rows(build).map(\.name) == ["b", "c", "a"])
    #expect(try rows(build, sort: .totalTime).map(\.name) == ["b", "c", "a"])
    build.sample(thread, "a (a.py:1); c (a.py:3)", .held)
    #expect(try rows(build, sort: .totalTime).map(\.name) == ["c", "a", "b"])
  }
}
