import Foundation
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
