import Foundation
import ProfileModel
import Testing

@Suite struct BadFileTests {
  let directory: WorkingDirectory

  init() throws { directory = try WorkingDirectory() }

  private func expect(
    report name: String, fails message: String, status: Int32 = 1,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let run = try Hyflame("report", name, "--svg", in: directory)
    #expect(run.status == status, sourceLocation: sourceLocation)
    #expect(run.output == "", sourceLocation: sourceLocation)
    #expect(run.error == "error: \(message)\n", sourceLocation: sourceLocation)
    #expect(!directory.exists("a.svg"), sourceLocation: sourceLocation)
  }

  @Test func recordingsThatAreNone() throws {
    try expect(
      report: "a.data",
      fails: "there is no file a.data; to record one: hyflame record -o a.data -p PID")
    try directory.write("", to: "a.data")
    try expect(
      report: "a.data",
      fails: """
        a.data holds nothing: its recorder ended before it wrote, or the file was cut; record again \
        with --force
        """)
    try directory.write("PERFILE2 and so on", to: "a.data")
    try expect(
      report: "a.data",
      fails: "a.data is not a recording of hyflame; 'hyflame record' writes them")
    try expect(
      report: ".", fails: ". is not a regular file, and a recording is one; name another file")
  }

  @Test func recordingsOfOtherVersionsAndDamagedOnes() throws {
    try directory.writeRecording("whole.data")
    let whole = try Data(contentsOf: URL(fileURLWithPath: directory.file("whole.data")))
    func write(_ change: (inout Data) -> Void) throws {
      var data = whole
      change(&data)
      try data.write(to: URL(fileURLWithPath: directory.file("a.data")))
    }
    try write { $0[8] = 7 }
    try expect(
      report: "a.data",
      fails: """
        a.data has format version 7, and this hyflame reads version 1; report it with the hyflame \
        that recorded it
        """)
    try write { $0[30] ^= 1 }
    try expect(
      report: "a.data", fails: "a.data is damaged at byte 12, so that nothing in it can be read")
    try write { $0.removeLast() }
    try expect(
      report: "a.data",
      fails: """
        a.data holds nothing: its recorder ended before it wrote, or the file was cut; record again \
        with --force
        """)
  }

  @Test func anExistingRecordingIsKept() throws {
    try directory.write("precious", to: "hyflame.data")
    let run = try Hyflame("record", "--", "touch", "launched", in: directory)
    #expect(run.status == 1)
    #expect(
      run.error
        == "error: hyflame.data exists already; --force replaces it, -o FILE writes another file\n")
    #expect(try directory.text(of: "hyflame.data") == "precious")
    #expect(!directory.exists("launched"), "the command must not be launched in vain")
  }

  @Test func outputsThatCannotBeWritten() throws {
    let missing = try Hyflame(
      "record", "-o", "no/such/x.data", "--", "touch", "launched", in: directory)
    #expect(missing.status == 1)
    #expect(
      missing.error
        == "error: cannot write no/such/x.data: No such file or directory; -o FILE writes elsewhere\n"
    )
    let folder = try Hyflame(
      "record", "--force", "-o", ".", "--", "touch", "launched", in: directory)
    #expect(folder.status == 1)
    #expect(
      folder.error
        == "error: . is not a regular file, and a recording is one; name another file\n")
    #expect(!directory.exists("launched"))

    try directory.writeRecording("a.data")
    let report = try Hyflame("report", "a.data", "-o", "no/such/x.svg", in: directory)
    #expect(report.status == 1)
    #expect(report.error == "error: cannot write no/such/x.svg: No such file or directory\n")
  }

  @Test func nothingIsLeftToReport() throws {
    try directory.writeRecording("a.data")
    let run = try Hyflame("report", "a.data", "--include", "nowhere", in: directory)
    #expect(run.status == 5)
    #expect(
      run.error == """
        error: no sample of a.data passes the filters, so nothing is left to report

        """)
  }

  /// A recording of time that is hidden by default is not an empty one.
  @Test func allIsHidden() throws {
    try directory.writeRecording("a.data", cpu: .runnable)
    let text = try Hyflame("report", "a.data", in: directory)
    #expect(text.status == 0 && text.error == "")
    #expect(text.output.contains("  ready, but no CPU free"))
    #expect(
      text.output.contains(
        "Nothing else is shown: all of it is hidden unless asked for (no CPU free 100.0 %); -i shows it."
      ))
    let json = try Hyflame("report", "a.data", "--json", in: directory)
    #expect(json.status == 0 && json.output.contains(#""cpu":"runnable""#))
    let folded = try Hyflame("report", "a.data", "--folded", in: directory)
    #expect(folded.status == 5)
    #expect(
      folded.error
        == "error: all samples of a.data are of time that is hidden (no CPU free 100.0 %); -i shows it\n"
    )
    #expect(try Hyflame("report", "a.data", "--folded", "-i", in: directory).status == 0)
  }

  @Test func noSuchProcessAndNoSuchCommand() throws {
    // Above the largest pid_max.
    let process = try Hyflame("record", "-p", "2000000000", in: directory)
    #expect(process.status == 4)
    #expect(
      process.error
        == "error: there is no process 2000000000; to list those that run Python: pgrep -a python\n"
    )
    let command = try Hyflame("record", "--", "no-such-command-here", in: directory)
    #expect(command.status == 1)
    #expect(
      command.error == """
        error: cannot launch 'no-such-command-here': No such file or directory; no directory of \
        PATH holds it: give its full path

        """)
    #expect(!directory.exists("hyflame.data"))
  }
}
