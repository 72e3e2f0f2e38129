import Foundation
import Testing

/// What a user at a terminal gets; `script` (util-linux) makes the terminal.
@Suite(
  .enabled(
    if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "no /usr/bin/script")
)
struct TerminalTests {
  let directory: WorkingDirectory

  init() throws {
    directory = try WorkingDirectory()
    try directory.writeRecording("hyflame.data")
  }

  /// What a terminal of `rows` rows and 120 columns received.
  private func screen(
    _ arguments: String, rows: Int, _ environment: [String: String] = ["TERM": "xterm"]
  ) throws -> String {
    let run = try Hyflame(
      shell: """
        script -qec 'stty rows \(rows) cols 120; exec "$HYFLAME" report \(arguments)' /dev/null
        """, in: directory, environment: environment)
    #expect(run.status == 0)
    return run.output
  }

  @Test func textIsColouredAndAsWideAsTheTerminal() throws {
    let text = try screen("", rows: 200)
    #expect(text.contains("\u{1b}["))
    let widths = text.replacing(/\u{1b}\[[0-9;]*m/, with: "").split(separator: "\r\n").map(\.count)
    #expect(widths.max() ?? 0 > 100)
    #expect(widths.allSatisfy { $0 <= 120 })
    #expect(try !screen("", rows: 200, ["TERM": "dumb"]).contains("\u{1b}["))
    #expect(
      try !screen("", rows: 200, ["TERM": "xterm", "NO_COLOR": "1"]).contains("\u{1b}["))
  }

  @Test func onlyTextLongerThanTheScreenIsPaged() throws {
    let pager = ["TERM": "xterm", "PAGER": "sed 's/^/paged: /'"]
    #expect(try screen("", rows: 10, pager).contains("paged: "))
    #expect(try !screen("", rows: 200, pager).contains("paged: "))
    #expect(try !screen("--no-pager", rows: 10, pager).contains("paged: "))
    #expect(try !screen("--json", rows: 10, pager).contains("paged: "))
    let both = pager.merging(["HYFLAME_PAGER": "sed 's/^/mine: /'"]) { $1 }
    #expect(try screen("", rows: 10, both).contains("mine: "))
    #expect(
      try !screen("", rows: 10, pager.merging(["HYFLAME_PAGER": ""]) { $1 }).contains("paged"))
  }

  @Test func aMissingOrUninterestedPagerIsNoError() throws {
    #expect(
      try screen("", rows: 10, ["TERM": "xterm", "PAGER": "no-such-pager"]).contains("Model.fit"))
    _ = try screen("", rows: 10, ["TERM": "xterm", "PAGER": "true"])
  }
}
