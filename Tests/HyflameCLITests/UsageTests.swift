import Foundation
import Testing

@Suite struct UsageTests {
  let directory: WorkingDirectory

  init() throws { directory = try WorkingDirectory() }

  private func expect(
    _ arguments: [String], fails message: String, see command: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let quoted = arguments.map { "'\($0)'" }.joined(separator: " ")
    let run = try Hyflame(shell: "exec \"$HYFLAME\" \(quoted)", in: directory)
    #expect(run.status == 2, sourceLocation: sourceLocation)
    #expect(run.output == "", sourceLocation: sourceLocation)
    #expect(
      run.error == "error: \(message)\nSee 'hyflame\(command) --help'.\n",
      sourceLocation: sourceLocation)
    #expect(!directory.exists("hyflame.data"), sourceLocation: sourceLocation)
  }

  @Test func record() throws {
    let cases: [([String], String)] = [
      ([], "what to record is missing: -p PID, or a command to launch"),
      (["--"], "what to record is missing: -p PID, or a command to launch"),
      (["-p"], "missing value for '-p <pid>'"),
      (["-p", "x"], "the value 'x' is invalid for '-p <pid>'"),
      (["-p", "-1"], "missing value for '-p <pid>'"),
      (["-p", "0"], "a process id is positive, not 0"),
      (["-p", "99999999999"], "the value '99999999999' is invalid for '-p <pid>'"),
      (["-p", "1", "--", "true"], "either -p PID or a command to launch, not both"),
      (["-p", "1", "true"], "either -p PID or a command to launch, not both"),
      (["--bogus"], "unknown option '--bogus'"),
      (["--bogus", "-p", "1"], "unknown option '--bogus'"),
      (["-p", "1", "--bogus"], "unknown option '--bogus'"),
    ]
    for (arguments, message) in cases {
      try expect(["record"] + arguments, fails: message, see: " record")
    }
  }

  @Test(arguments: ["0", "-5", "x", "10001", "1e9", "nan", "inf", "0x10", "1kk", "+5"])
  func rates(value: String) throws {
    try expect(
      ["record", "--rate=\(value)", "true"],
      fails: """
        the value '\(value)' is invalid for '--rate <hz>': a rate is 1 to 10k samples a second, \
        such as 100 or 1k
        """, see: " record")
  }

  @Test(arguments: ["0", "-5", "x", "5x", "0.0001", "nan", "s", "1e99", "0x1p4", "2 m"])
  func durations(value: String) throws {
    try expect(
      ["record", "--duration=\(value)", "true"],
      fails: """
        the value '\(value)' is invalid for '--duration <time>': a time is 1ms or more, such as \
        30, 30s, 2m or 500ms
        """, see: " record")
  }

  @Test func report() throws {
    try directory.writeRecording("a.data")
    let cases: [([String], String)] = [
      (["a.data", "b.data"], "unexpected argument 'b.data'"),
      (
        ["a.data", "--svg", "--json"],
        "value to be set with flag '--json' had already been set with flag '--svg'"
      ),
      (["a.data", "--svg", "-f", "json"], "--svg and -f json contradict"),
      (
        ["a.data", "-f", "pdf"],
        "the value 'pdf' is invalid for '-f <name>'. Please provide one of the following:\n"
          + "  - text\n  - svg\n  - html\n  - folded\n  - json\n  - speedscope\n  - pprof\n  - firefox\n"
          + "  - chrome\n  - perf-script\n  - callgrind"
      ),
      (
        ["a.data", "-o", "x.pdf"],
        "'.pdf' does not say in which form to report: -f does, or one of .speedscope.json, "
          + ".firefox.json, .trace.json, .linux-perf.txt, .txt, .svg, .html, .htm, .folded, .collapsed, .json, "
          + ".pb, .pprof, .perf, .callgrind"
      ),
      (["a.data", "--flame-chart"], "--flame-chart is a kind of --svg"),
      (["a.data", "--open"], "--open needs a file to open; -o names one"),
      (["a.data", "--include", "("], "--include '(' is not a regular expression: expected ')'"),
      (["a.data", "--from", "2", "--to", "1"], "--from must be before --to"),
      (["a.data", "--from", "nan"], "--from takes seconds since the start, not nan"),
      (["a.data", "--from", "-1"], "--from takes seconds since the start, not -1.0"),
      (["a.data", "-l", "-1"], "-l takes a number of rows, not -1"),
      (
        ["a.data", "--svg", "--flame-chart", "--by", "gil"],
        "--flame-chart has a tower for each thread, and --by one for each GIL state: one of them"
      ),
      (["a.data", "-l", "x"], "the value 'x' is invalid for '-l <n>'"),
      (
        ["a.data", "--python-only", "--native-only"],
        "--python-only and --native-only leave nothing to show"
      ),
      (
        ["a.data", "--json", "-o", "./a.data"],
        "./a.data is the recording itself; -o names the report to write"
      ),
    ]
    for (arguments, message) in cases {
      try expect(["report"] + arguments, fails: message, see: " report")
    }
  }

  @Test func commands() throws {
    try expect(
      ["rekord"],
      fails:
        "there is no command 'rekord'; the commands are 'record', 'report', 'diff' and 'doctor'",
      see: "")
    try expect(["--bogus"], fails: "unknown option '--bogus'", see: "")
  }

  @Test func controlCharactersOfArgumentsAreShownNotObeyed() throws {
    let run = try Hyflame("report", "no\u{1b}[2Jsuch\u{202e}file\u{7}", in: directory)
    #expect(run.status == 1)
    #expect(run.error.contains(#"no\u{1b}[2Jsuch\u{202e}file\u{7}"#))
    #expect(!run.error.unicodeScalars.contains("\u{1b}"))
  }

  @Test func help() throws {
    for arguments in [["--help"], ["record", "--help"], ["report", "-h"], ["help", "record"]] {
      let run = try Hyflame(
        shell: "exec \"$HYFLAME\" " + arguments.joined(separator: " "), in: directory)
      #expect(run.status == 0)
      #expect(run.error == "")
      let examples = try #require(run.output.range(of: "EXAMPLES:\n  hyflame "))
      let usage = try #require(run.output.range(of: "USAGE: hyflame "))
      #expect(examples.lowerBound < usage.lowerBound)
      #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
  }

  @Test func theLaunchedCommandKeepsItsOwnOptions() throws {
    // The output exists, so that nothing is launched after the arguments were understood.
    try directory.writeRecording("hyflame.data")
    for command in ["true --help", "-- true --version", "true -p 3 -o x", "-- true -- -q"] {
      let run = try Hyflame(shell: "exec \"$HYFLAME\" record \(command)", in: directory)
      #expect(run.status == 1)
      #expect(run.error.hasPrefix("error: hyflame.data exists already"))
    }
  }

  @Test func version() throws {
    let run = try Hyflame("--version", in: directory)
    #expect(run.status == 0)
    #expect(run.output.wholeMatch(of: /hyflame [0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
  }
}
