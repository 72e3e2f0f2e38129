import Foundation
import ProfileModel
import Testing

/// `report --html`: where it goes, and which files of this machine become part of it.
@Suite struct PageTests {
  let directory: WorkingDirectory
  private let host: String

  init() throws {
    directory = try WorkingDirectory()
    host = try String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
      .trimmingCharacters(in: .newlines)
  }

  /// How often a line of the page's data has `text`.
  private func count(of text: String, in page: String) throws -> Int {
    let run = try Hyflame(
      shell: """
        sed -n 's/.*id="data">\\([^<]*\\)<.*/\\1/p' \(page) | base64 -d | gzip -dc \
        | grep -a -c -- '\(text)'
        """, in: directory)
    return try #require(Int(run.output.trimmingCharacters(in: .newlines)))
  }

  private func page(_ arguments: String = "") throws -> Hyflame {
    try Hyflame(
      shell: "exec \"$HYFLAME\" report slow.data -f html -o page.html \(arguments)", in: directory)
  }

  @Test func thePageIsWrittenBesideTheRecording() throws {
    try directory.writeRecording("slow.data")
    let run = try Hyflame("report", "slow.data", "--html", in: directory)
    #expect(run.status == 0)
    #expect(run.error == "wrote slow.html\n")
    let text = try directory.text(of: "slow.html")
    #expect(text.hasPrefix("<!DOCTYPE html>"))
    #expect(text.hasSuffix("</html>\n"))
    #expect(try Hyflame("report", "slow.data", "-o", "other.html", in: directory).status == 0)
    #expect(try directory.text(of: "other.html") == text)
    #expect(try count(of: "Model.fit", in: "slow.html") == 1)
  }

  @Test func sourcesOfThisMachineAreRead() throws {
    try directory.write("def fit(self):\n  crunch()  # the needle\n", to: "model.py")
    try directory.writeRecording("slow.data", source: directory.file("model.py"), host: host)
    #expect(try page().status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 1)
    #expect(try count(of: "Changed since the recording", in: "page.html") == 1)
    #expect(try page("--no-sources").status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 0)
    #expect(try count(of: "Sources were left out", in: "page.html") == 1)
  }

  /// A link that is called a source leads to something that is none.
  @Test func aLinkIsWhatItLeadsTo() throws {
    try directory.write("the needle\n", to: "id_rsa")
    try FileManager.default.createSymbolicLink(
      atPath: directory.file("model.py"), withDestinationPath: "id_rsa")
    try directory.writeRecording("slow.data", source: directory.file("model.py"), host: host)
    #expect(try page("--sources").status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 0)
    #expect(try count(of: "no source file", in: "page.html") == 1)
    // Where it leads to a source, that is shown.
    try directory.write("another needle\n", to: "real.py")
    try FileManager.default.removeItem(atPath: directory.file("model.py"))
    try FileManager.default.createSymbolicLink(
      atPath: directory.file("model.py"), withDestinationPath: "real.py")
    #expect(try page().status == 0)
    #expect(try count(of: "another needle", in: "page.html") == 1)
  }

  /// The recorded program named a file that its user may not read; root may.
  @Test func rootShowsWhatTheProgramsUserMayRead() throws {
    guard geteuid() == 0 else { try Test.cancel("it takes root to read what others may not") }
    try directory.write("the needle\n", to: "model.py")
    let stranger = TargetDescription.Reader(user: 64999, group: 64999, groups: [])
    try directory.writeRecording(
      "slow.data", source: directory.file("model.py"), host: host, reader: stranger)
    // The file is readable to everybody; the directory is not.
    #expect(try page().status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 0)
    #expect(try count(of: "user (64999) may not read it", in: "page.html") == 1)
    try #require(chmod(directory.path, 0o755) == 0)
    #expect(try page().status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 1)
    try #require(chmod(directory.file("model.py"), 0o600) == 0)
    #expect(try page().status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 0)
    // Whoever owns the recording could have written any number into it.
    try directory.writeRecording("forged.data", source: directory.file("model.py"), host: host)
    try #require(rename(directory.file("forged.data"), directory.file("slow.data")) == 0)
    #expect(try page().status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 1)
    try #require(chown(directory.file("slow.data"), 64999, 64999) == 0)
    #expect(try page().status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 0)
    try directory.writeRecording(
      "old.data", source: directory.file("model.py"), host: host, reader: nil)
    try #require(rename(directory.file("old.data"), directory.file("slow.data")) == 0)
    #expect(try page().status == 0)
    #expect(try count(of: "does not say whose it is", in: "page.html") == 1)
  }

  @Test func pipesAndDevicesAreNoSources() throws {
    try #require(mkfifo(directory.file("model.py"), 0o666) == 0)
    try directory.writeRecording("slow.data", source: directory.file("model.py"), host: host)
    #expect(try page().status == 0)
    #expect(try count(of: "Not a regular file", in: "page.html") == 1)
  }

  @Test func sourcesOfOtherMachinesAreReadOnlyIfAskedFor() throws {
    try directory.write("the needle\n", to: "model.py")
    try directory.writeRecording(
      "slow.data", source: directory.file("model.py"), host: host + "-not")
    #expect(try page().status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 0)
    #expect(try count(of: "Recorded on another machine", in: "page.html") == 1)
    #expect(try page("--sources").status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 1)
  }

  /// A recording can name any path, and a page is made to be passed on.
  @Test(
    arguments: [
      ("key", "echo the needle > key", "Not the path of a source file"),
      ("id_rsa.pem", "echo the needle > id_rsa.pem", "Not the path of a source file"),
      ("pipe.py", "mkfifo pipe.py", "Not a regular file"),
      ("folder.py", "mkdir folder.py", "Not a regular file"),
      ("no.py", "true", "Not on the machine of the report"),
      ("big.py", "yes the needle | head -c 600000 > big.py", "too large"),
      ("link.py", "ln -s /dev/zero link.py", "Not a regular file"),
    ])
  func whatIsNoSourceIsNotRead(name: String, making: String, sentence: String) throws {
    #expect(try Hyflame(shell: making, in: directory).status == 0)
    try directory.writeRecording("slow.data", source: directory.file(name), host: host)
    #expect(try page().status == 0)
    #expect(try count(of: "the needle", in: "page.html") == 0)
    #expect(try count(of: sentence, in: "page.html") == 1)
  }
}
