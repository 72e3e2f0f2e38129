import Foundation
import Testing

@Suite struct ReportTests {
  let directory: WorkingDirectory

  init() throws {
    directory = try WorkingDirectory()
    try directory.writeRecording("hyflame.data")
  }

  @Test func textIsTheDefault() throws {
    let run = try Hyflame("report", in: directory)
    #expect(run.status == 0)
    #expect(run.error == "")
    #expect(run.output.contains("Model.fit"))
    #expect(run.output.contains("crunch"))
    #expect(run.output.contains("3.11.7"))
    #expect(!run.output.contains("\u{1b}"), "no colours unless on a terminal")
    #expect(try Hyflame("report", "hyflame.data", in: directory).output == run.output)
  }

  @Test func foldedStacks() throws {
    let run = try Hyflame("report", "--folded", "--no-lines", in: directory)
    #expect(run.status == 0)
    let weights = run.output.split(separator: "\n").map { $0.split(separator: " ").last ?? "" }
    #expect(weights.count == 2)
    #expect(run.output.contains("Model.fit (model.py:7);crunch (libcrunch.so.1) "))
  }

  @Test func jsonHoldsTheSecondsOfEachState() throws {
    let run = try Hyflame("report", "--json", in: directory)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(json["schema"] as? String == "hyflame.report/1")
    let states = try #require(json["states"] as? [[String: Any]])
    let seconds = states.map { "\($0["gil"] ?? ""): \($0["seconds"] as? Double ?? -1)" }
    #expect(seconds.contains("released: 2.0"))
    #expect(seconds.contains("held: 1.0"))
  }

  @Test func filtersReachTheReport() throws {
    func folded(_ options: String) throws -> String {
      try Hyflame(shell: "exec \"$HYFLAME\" report --folded \(options)", in: directory).output
    }
    #expect(try folded("--gil released").split(separator: "\n").count == 1)
    #expect(try folded("--gil held --gil released").split(separator: "\n").count == 2)
    #expect(try !folded("--exclude crunch").contains("crunch"))
    #expect(try !folded("--python-only").contains("crunch"))
    #expect(try !folded("--native-only").contains("Model.fit"))
    #expect(try folded("--threads").contains("MainThread"))
    #expect(try folded("--from 0.1 --to 0.2") != folded(""))
    #expect(try folded("--thread nobody") == "")
  }

  @Test func theSvgIsWrittenBesideTheRecording() throws {
    let run = try Hyflame("report", "--svg", in: directory)
    #expect(run.status == 0)
    #expect(run.output == "")
    #expect(run.error == "wrote hyflame.svg\n")
    let picture = try directory.text(of: "hyflame.svg")
    #expect(picture.contains("<svg"))
    // Renders may be replaced, and `-` is standard output.
    #expect(try Hyflame("report", "--svg", in: directory).status == 0)
    #expect(try Hyflame("report", "-f", "svg", "-o", "-", in: directory).output == picture)
    let named = try Hyflame("report", "-o", "other.svg", in: directory)
    #expect(named.error == "")
    #expect(try directory.text(of: "other.svg") == picture)
  }

  @Test func theExtensionDecidesTheForm() throws {
    for (file, start) in [("a.json", "{\""), ("a.txt", "python3 train.py"), ("a.folded", "")] {
      let run = try Hyflame("report", "-o", file, in: directory)
      #expect(run.status == 0)
      #expect(run.output == "")
      #expect(try directory.text(of: file).hasPrefix(start))
    }
    #expect(try directory.text(of: "a.folded").contains(";crunch (libcrunch.so.1) 2"))
    let forced = try Hyflame("report", "--folded", "-o", "b.json", in: directory)
    #expect(forced.status == 0)
    #expect(try directory.text(of: "b.json") == directory.text(of: "a.folded"))
  }

  @Test func coloursFollowTheConventions() throws {
    func hasColour(_ arguments: String, _ environment: [String: String] = [:]) throws -> Bool {
      let run = try Hyflame(
        shell: "exec \"$HYFLAME\" report \(arguments)", in: directory, environment: environment)
      return run.output.contains("\u{1b}[")
    }
    #expect(try hasColour("--color always"))
    #expect(try hasColour("--color always", ["NO_COLOR": "1"]))
    #expect(try hasColour("", ["FORCE_COLOR": "1"]))
    #expect(try hasColour("", ["CLICOLOR_FORCE": "1"]))
    #expect(try !hasColour("", ["FORCE_COLOR": "0"]))
    #expect(try !hasColour("", ["FORCE_COLOR": "1", "NO_COLOR": "1"]))
    #expect(try hasColour("", ["FORCE_COLOR": "1", "NO_COLOR": ""]))
    #expect(try !hasColour("--color never", ["FORCE_COLOR": "1"]))
  }

  @Test func asciiWhereTheLocaleIsNotUnicode() throws {
    let plain = try Hyflame("report", in: directory, environment: ["LC_ALL": "C"])
    #expect(plain.status == 0)
    #expect(plain.output.utf8.allSatisfy { $0 < 0x80 })
  }

  @Test func aCutRecordingIsReportedWithAWarning() throws {
    try directory.writeRecording("cut.data", isClosed: false)
    let folded = try Hyflame("report", "cut.data", "--folded", in: directory)
    #expect(folded.status == 0)
    #expect(
      folded.error
        == "warning: cut.data ends early: its recorder was killed, or the file was cut\n")
    #expect(folded.output.contains("crunch"))
    let text = try Hyflame("report", "cut.data", in: directory)
    #expect(text.error == "")
    #expect(text.output.contains("its recorder was killed"))
  }

  /// Reports replace reports, whatever they are called, and nothing else.
  @Test func whatAReportMayReplace() throws {
    try directory.write("import this\n", to: "keep.py")
    let refused = try Hyflame("report", "-f", "svg", "-o", "keep.py", in: directory)
    #expect(refused.status == 1)
    #expect(
      refused.error
        == "error: keep.py exists and is no report; --force replaces it, -o FILE writes elsewhere\n"
    )
    #expect(try directory.text(of: "keep.py") == "import this\n")
    let forced = try Hyflame("report", "-f", "svg", "-o", "keep.py", "--force", in: directory)
    #expect(forced.status == 0)
    #expect(try Hyflame("report", "-f", "html", "-o", "keep.py", in: directory).status == 0)
    #expect(try Hyflame("report", "-f", "json", "-o", "keep.py", in: directory).status == 0)
    #expect(try Hyflame("report", "-f", "callgrind", "-o", "keep.py", in: directory).status == 0)
    #expect(try Hyflame("report", "-o", "keep.py", "-f", "folded", in: directory).status == 0)
    for name in ["a.txt", "a.svg"] {
      try directory.write("something", to: name)
      #expect(try Hyflame("report", "-o", name, in: directory).status == 0)
    }
    try directory.write("", to: "empty")
    #expect(try Hyflame("report", "-f", "text", "-o", "empty", in: directory).status == 0)
    #expect(try Hyflame("report", "-f", "svg", "-o", "/dev/null", in: directory).status == 0)
  }

  /// A pipe is as wide as its reader says.
  @Test func columnsOfAPipe() throws {
    let widest = { (environment: [String: String]) throws -> Int in
      let run = try Hyflame("report", "hyflame.data", in: directory, environment: environment)
      return run.output.split(separator: "\n").map(\.count).max() ?? 0
    }
    let (narrow, usual, wide) = (
      try widest(["COLUMNS": "80"]), try widest([:]), try widest(["COLUMNS": "180"])
    )
    #expect(narrow <= 80 && narrow < usual && usual <= 120 && usual <= wide && wide <= 180)
    #expect(try widest(["COLUMNS": "x"]) == usual)
  }

  @Test func aClosedPipeIsNoError() throws {
    let run = try Hyflame(
      shell: """
        { "$HYFLAME" report --svg -o -; echo "status $?" >&2; } | true
        """, in: directory)
    #expect(run.error == "status 0\n")
    let full = try Hyflame(shell: "exec \"$HYFLAME\" report > /dev/full", in: directory)
    #expect(full.status == 1)
    #expect(full.error == "error: cannot write to standard output: No space left on device\n")
  }

  @Test func closedStandardStreams() throws {
    let output = try Hyflame(shell: "exec \"$HYFLAME\" report >&-", in: directory)
    #expect(output.status == 1)
    #expect(output.error == "error: cannot write to standard output: Bad file descriptor\n")
    // The message must not end up in the file that was opened last.
    let all = try Hyflame(
      shell: "exec \"$HYFLAME\" report --folded -o a.folded <&- >&- 2>&-", in: directory)
    #expect(all.status == 0)
    let folded = try Hyflame("report", "--folded", in: directory).output
    #expect(try directory.text(of: "a.folded") == folded)
  }
}
