import Foundation
import Support
import Testing

/// The forms for other programs: where they go, what they may replace, how they are compressed.
@Suite struct ExportTests {
  let directory: WorkingDirectory

  init() throws {
    directory = try WorkingDirectory()
    try directory.writeRecording("slow.data")
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: directory.file(name))))
  }

  @Test(
    arguments: [
      ("speedscope", "slow.speedscope.json"), ("pprof", "slow.pb.gz"),
      ("firefox", "slow.firefox.json"), ("chrome", "slow.trace.json"),
      ("callgrind", "callgrind.out.slow"),
    ])
  func filesForProgramsGoBesideTheRecording(form: String, file: String) throws {
    let run = try Hyflame("report", "slow.data", "--\(form)", in: directory)
    #expect(run.status == 0)
    #expect(run.output == "")
    #expect(run.error == "wrote \(file)\n")
    let chosen = try bytes(file)
    #expect(!chosen.isEmpty)
    // The name says the form, too.
    let named = try Hyflame("report", "slow.data", "-o", "x/../\(file)", in: directory)
    #expect(named.status == 1, "there is no x")
    let again = try Hyflame("report", "slow.data", "-o", "./\(file)", in: directory)
    #expect(again.error == "")
    #expect(try bytes(file) == chosen)
  }

  @Test func perfScriptGoesToStandardOutput() throws {
    let run = try Hyflame("report", "slow.data", "--perf-script", in: directory)
    #expect(run.output.hasPrefix("MainThread 1/1 [000] 0.000000: 10000000 task-clock: \n"))
    #expect(
      try Hyflame("report", "slow.data", "-f", "perf-script", "-o", "-", in: directory).output
        == run.output)
  }

  @Test func anyFormIsCompressedByItsName() throws {
    let plain = try Hyflame("report", "slow.data", "--json", in: directory)
    #expect(try Hyflame("report", "slow.data", "-o", "a.json.gz", in: directory).status == 0)
    let unpacked = try Hyflame(shell: "gzip -dc a.json.gz", in: directory)
    #expect(unpacked.output == plain.output)
    // pprof's form is compressed once, whatever it is called.
    for name in ["a.pb.gz", "a.pprof"] {
      let run = try Hyflame(
        shell:
          "\"$HYFLAME\" report slow.data -f pprof -o \(name) && gzip -dc < \(name) | head -c 1 "
          + "| od -An -tx1", in: directory)
      #expect(run.output.trimmingCharacters(in: .whitespacesAndNewlines) == "0a")
    }
  }

  @Test func recordingsAreNotReplacedByAccident() throws {
    try directory.writeRecording("other.data")
    let other = try bytes("other.data")
    let run = try Hyflame("report", "slow.data", "--json", "-o", "other.data", in: directory)
    #expect(run.status == 1)
    #expect(
      run.error
        == "error: other.data is a recording; --force replaces it, -o FILE writes elsewhere\n")
    #expect(try bytes("other.data") == other)
    let forced = try Hyflame(
      "report", "slow.data", "--json", "-o", "other.data", "--force", in: directory)
    #expect(forced.status == 0)
    #expect(try directory.text(of: "other.data").hasPrefix("{\"schema\""))
  }

  @Test func ownLinksAreFollowed() throws {
    let files = FileManager.default
    try files.createDirectory(atPath: directory.file("sub"), withIntermediateDirectories: false)
    try files.createSymbolicLink(
      atPath: directory.file("a.json"), withDestinationPath: "sub/b.json")
    try files.createSymbolicLink(
      atPath: directory.file("sub/b.json"), withDestinationPath: "c.json")
    #expect(try Hyflame("report", "slow.data", "-o", "a.json", in: directory).status == 0)
    #expect(try directory.text(of: "sub/c.json").hasPrefix("{"))
    let run = try Hyflame(
      shell: "\"$HYFLAME\" report slow.data -f json -o /dev/stdout | head -c 1", in: directory)
    #expect(run.output == "{")
    try files.createSymbolicLink(atPath: directory.file("d.json"), withDestinationPath: "d.json")
    let endless = try Hyflame("report", "slow.data", "-o", "d.json", in: directory)
    #expect(endless.status == 1)
    #expect(endless.error.contains("cannot write d.json"))
  }

  @Test func linksOfOthersAreNot() throws {
    guard geteuid() == 0 else {
      try Test.cancel("it takes root to make a link of another user")
    }
    try directory.write("keep me", to: "precious")
    let link = directory.file("a.json")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "precious")
    try #require(lchown(link, 64999, 64999) == 0)
    let run = try Hyflame("report", "slow.data", "-o", "a.json", in: directory)
    #expect(run.status == 1)
    #expect(run.error.contains("a.json leads over a symbolic link of another user"))
    #expect(try directory.text(of: "precious") == "keep me")
    // Under sudo the user's own links are followed.
    let sudo = try Hyflame(
      "report", "slow.data", "-o", "a.json", in: directory, environment: ["SUDO_UID": "64999"])
    #expect(sudo.status == 0)
  }

  /// Another name of a file elsewhere: the name is replaced, not the file.
  @Test func hardLinksAreNotWrittenThrough() throws {
    try directory.write("keep me", to: "precious")
    try FileManager.default.linkItem(
      atPath: directory.file("precious"), toPath: directory.file("a.json"))
    let run = try Hyflame("report", "slow.data", "-o", "a.json", in: directory)
    #expect(run.status == 0, "\(run.error)")
    #expect(try directory.text(of: "precious") == "keep me")
    #expect(try directory.text(of: "a.json").hasPrefix("{"))
    // Nothing else is left in the directory.
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(!names.contains { $0.hasPrefix(".hyflame") })
  }

  @Test func aReportKeepsItsPermissions() throws {
    try directory.write("", to: "a.json")
    try #require(chmod(directory.file("a.json"), 0o600) == 0)
    #expect(try Hyflame("report", "slow.data", "-o", "a.json", in: directory).status == 0)
    var status = stat()
    try #require(stat(directory.file("a.json"), &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
  }

  @Test func pipesAreWrittenToIfTheyAreOnesOwn() throws {
    try #require(mkfifo(directory.file("a.json"), 0o666) == 0)
    let own = try Hyflame(
      shell: "head -c 1 a.json & \"$HYFLAME\" report slow.data -o a.json; wait", in: directory)
    #expect(own.output == "{")
    guard geteuid() == 0 else { return }
    try #require(chown(directory.file("a.json"), 64999, 64999) == 0)
    let others = try Hyflame("report", "slow.data", "-o", "a.json", in: directory)
    #expect(others.status == 1)
    #expect(others.error.contains("a.json is a pipe or device of another user"))
  }

  @Test func aFileIsOpenedByTheDesktop() throws {
    try directory.write("#!/bin/sh\necho \"$@\" > opened\n", to: "xdg-open")
    let run = try Hyflame(
      shell: "chmod +x xdg-open; exec \"$HYFLAME\" report slow.data --svg --open", in: directory,
      environment: ["PATH": "\(directory.path):/usr/bin:/bin"])
    #expect(run.status == 0)
    #expect(try directory.text(of: "opened") == "slow.svg\n")
    let missing = try Hyflame(
      "report", "slow.data", "--svg", "--open", in: directory, environment: ["PATH": "/none"])
    #expect(missing.status == 1)
    #expect(
      missing.error.hasSuffix(
        "error: slow.svg is written, but xdg-open did not open it: No such file or directory\n"))
  }

  @Test func binaryFormsAreNotForATerminal() throws {
    let run = try Hyflame(
      shell: "script -qec '\"$HYFLAME\" report slow.data --pprof -o -' /dev/null; true",
      in: directory)
    #expect(run.output.contains("--pprof is not for a terminal; -o FILE or a pipe takes it"))
    let pipe = try Hyflame(
      shell: "\"$HYFLAME\" report slow.data --pprof -o - | gzip -t && echo ok", in: directory)
    #expect(pipe.output == "ok\n")
  }

  @Test func theFullDiskIsAnError() throws {
    let run = try Hyflame("report", "slow.data", "--svg", "-o", "/dev/full", in: directory)
    #expect(run.status == 1)
    #expect(run.error == "error: cannot write /dev/full: No space left on device\n")
  }
}
