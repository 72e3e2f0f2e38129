import Foundation
import Testing

@Suite struct DiffTests {
  let directory: WorkingDirectory

  init() throws {
    directory = try WorkingDirectory()
    try directory.writeRecording("a.data")
    try directory.writeRecording("b.data", rate: 100, nativeOf: 6)
  }

  @Test func textIsTheDefault() throws {
    let run = try Hyflame("diff", "a.data", "b.data", in: directory)
    #expect(run.status == 0)
    #expect(run.error == "")
    // 2 of 3 samples became 5 of 6.
    #expect(run.output.contains("2.000     2.500    +0.500     +25.0    crunch (libcrunch.so.1)"))
    #expect(run.output.contains("1.000     0.500    -0.500     -50.0    Model.fit (model.py)"))
    let same = try Hyflame("diff", "a.data", "a.data", in: directory)
    #expect(same.output.contains("No change: every function took as much self time as before.\n"))
  }

  /// Whole runs are compared as they are, unless somebody says otherwise; others the other way round.
  @Test func theBasisOfTheComparison() throws {
    try directory.writeRecording("one.data", isWholeRun: true)
    try directory.writeRecording("two.data", nativeOf: 6, isWholeRun: true)
    func first(_ arguments: String...) throws -> Substring {
      let run = try Hyflame(arguments: ["diff"] + arguments, in: directory)
      #expect(run.status == 0)
      return run.output.prefix { $0 != "\n" }
    }
    let absolute = "3.00 s → 3.00 s (0.0 %), compared as they are"
    let scaled: Substring = "3.00 s → 3.00 s, compared as if both had lasted as long"
    #expect(
      try first("one.data", "two.data") == absolute + ": both are whole runs of a command")
    #expect(try first("one.data", "two.data", "--scaled") == scaled)
    #expect(try first("one.data", "a.data") == scaled)
    #expect(try first("a.data", "b.data") == scaled)
    #expect(try first("a.data", "b.data", "--absolute") == absolute[...])
    let both = try Hyflame("diff", "a.data", "b.data", "--absolute", "--scaled", in: directory)
    #expect(both.status == 2)
  }

  @Test func theOtherForms() throws {
    let svg = try Hyflame("diff", "a.data", "b.data", "--svg", in: directory)
    #expect(svg.error == "wrote b.diff.svg\n")
    #expect(try directory.text(of: "b.diff.svg").contains("within sampling noise"))
    let json = try Hyflame("diff", "a.data", "b.data", "-o", "d.json", in: directory)
    #expect(json.status == 0)
    #expect(try directory.text(of: "d.json").hasPrefix("{\"schema\":\"hyflame.diff/1\""))
    for name in ["d.pb.gz", "d.foo"] {
      let other = try Hyflame("diff", "a.data", "b.data", "-o", name, in: directory)
      #expect(other.status == 2 && !directory.exists(name))
    }
    for option in ["--flame-chart", "--by=gil"] {
      #expect(try Hyflame("diff", "a.data", "b.data", "--svg", option, in: directory).status == 2)
    }
    let page = try Hyflame("diff", "a.data", "b.data", "--html", in: directory)
    #expect(page.status == 0 && page.error == "wrote b.diff.html\n")
    let named = try Hyflame("diff", "a.data", "b.data", "-o", "d.html", in: directory)
    #expect(named.status == 0)
    #expect(try directory.text(of: "d.html") == directory.text(of: "b.diff.html"))
    #expect(try directory.text(of: "d.html").hasPrefix("<!DOCTYPE html>"))
    let own = try Hyflame("diff", "a.data", "b.data", "--json", "-o", "./a.data", in: directory)
    #expect(own.status == 2)
  }

  @Test(
    arguments: [
      (
        "crunch>+5%", 1,
        "error: crunch (libcrunch.so.1) changed by +25.0 %, beyond the limit of +5%\n"
      ),
      ("crunch>+25%", 0, ""), ("Model>+1%", 0, ""),
      (
        "nothing>+1%", 0,
        "warning: --fail-if 'nothing>+1%' checks nothing: no function of either recording matches\n"
      ),
      ("crunch", 2, nil), ("(>+1%", 2, nil),
    ] as [(String, Int32, String?)])
  func limits(limit: String, status: Int32, error: String?) throws {
    let run = try Hyflame("diff", "a.data", "b.data", "--fail-if", limit, in: directory)
    #expect(run.status == status)
    if let error { #expect(run.error == error) }
    #expect(status == 2 || run.output.contains("crunch"), "the comparison is shown all the same")
  }

  /// Whoever reads the text has had enough of it before it is written, or there is nobody.
  @Test func aReaderThatGoesAwayDoesNotChangeTheVerdict() throws {
    for (limit, status) in [("crunch>+5%", "1"), ("crunch>+50%", "0")] {
      let run = try Hyflame(
        shell: """
          { "$HYFLAME" diff a.data b.data --fail-if '\(limit)' 2>/dev/null; echo $? >&2; } | true
          """, in: directory)
      #expect(run.error == status + "\n")
    }
  }

  @Test func recordingsOfDifferentRates() throws {
    try directory.writeRecording("fast.data", rate: 1000)
    let run = try Hyflame("diff", "a.data", "fast.data", in: directory)
    #expect(run.status == 1)
    #expect(
      run.error == """
        error: a.data and fast.data cannot be compared: their rates differ, 100 and 1000 Hz \
        (--normalize compares them anyway)

        """)
    #expect(try Hyflame("diff", "a.data", "fast.data", "--normalize", in: directory).status == 0)
  }

  @Test func missingFiles() throws {
    let run = try Hyflame("diff", "a.data", "none.data", in: directory)
    #expect(run.status == 1)
    #expect(run.error.hasPrefix("error: there is no file none.data"))
    #expect(try Hyflame("diff", "a.data", in: directory).status == 2)
  }
}
