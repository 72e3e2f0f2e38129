import Exporters
import Foundation
import FoundationXML
import ProfileModel
import Support
import Testing

/// Names that try to leave their place: markup, separators, terminal sequences, numbers.
struct HostileNameTests {
  static let names = chosen + (1...12).map { generated(seed: $0) }

  /// Pieces of everything that some format gives a meaning, in any order.
  private static func generated(seed: UInt64) -> String {
    let pieces = [
      ";", "\"", "'", "<", ">", "&", "\n", "\r", "\t", "\u{0}", "\\", "/", " ", " 12", " 1.5", "0",
      "#", ":", "=", "(", ")", "[", "]", "{", "}", "%s", "_[k]", "_[i]", "]]>", "<!--", "</script>",
      "\u{1B}[2J", "\u{2028}", "\u{202E}", "🔥", "👩‍👩‍👧", "漢", "e\u{301}", "name", "f(int, char)",
      String(repeating: "x", count: 10_000),
    ]
    var numbers = SeededNumbers(seed: seed)
    let count = Int.random(in: 1...12, using: &numbers)
    return (0..<count).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &numbers)] }
      .joined()
  }

  private static let chosen =
    [
      "worker 3", "a;b", "line\nbreak", "\u{1B}[31mred\u{1B}]0;title\u{7}",
      "</title><script>alert(1)",
      "]]></script><script>alert(1)</script>", "\"quoted\" & 'single'", "", " ", "12", "x 1.5",
      "emoji 🔥 and 漢字", "\u{202E}reversed", "\u{9B}31m", "\u{FFFE}", "e\u{301}", "#comment", "{",
      "-->", "&lt;", String(repeating: "long", count: 2500),
    ] + harmful.map { "name\($0)end" }

  /// One of each kind: C0 and C1 controls, line and paragraph separators, bidirectional controls, and what
  /// has no width.
  private static let harmful: [Unicode.Scalar] = [
    "\u{0}", "\u{7}", "\u{1B}", "\u{7F}", "\u{80}", "\u{85}", "\u{9B}", "\u{9F}", "\u{AD}",
    "\u{34F}",
    "\u{61C}", "\u{115F}", "\u{180E}", "\u{200B}", "\u{200D}", "\u{200E}", "\u{200F}", "\u{2028}",
    "\u{2029}", "\u{202A}", "\u{202E}", "\u{2060}", "\u{2066}", "\u{2069}", "\u{206F}", "\u{FEFF}",
    "\u{FFF9}", "\u{E0041}", "\u{E007F}",
  ]

  /// Whatever the form, a terminal may see it.
  @Test(arguments: [
    ReportFormat.text, .folded, .json, .svg, .perfScript, .callgrind, .speedscope, .firefox,
    .chrome,
  ])
  func noFormHoldsAHarmfulCharacter(format: ReportFormat) throws {
    for scalar in Self.harmful {
      let text = try renderText(Self.profile("name\(scalar)end"), format) {
        $0.splitsByThread = true
        $0.filter.showsHiddenTime = true
      }
      #expect(!text.unicodeScalars.contains(scalar), "U+\(String(scalar.value, radix: 16))")
      #expect(text.contains("end"), "the rest of the name is there")
    }
  }

  @Test func noPageHoldsAHarmfulCharacter() throws {
    for scalar in Self.harmful {
      let profile = Self.profile("name\(scalar)end")
      let page = try renderText(profile, .html)
      #expect(!page.unicodeScalars.contains(scalar))
      let source = SourceText(file: "name\(scalar)end", text: "x = 1 # \(scalar)\n\ty")
      let tables = try HtmlDataReader(profile, sources: [source]).tables
      let json = try JSONSerialization.data(withJSONObject: tables)
      #expect(!String(decoding: json, as: UTF8.self).unicodeScalars.contains(scalar))
      let sources = tables["sources"] as? [[String: Any]]
      #expect(sources?.first?["text"] as? String == "x = 1 # \u{FFFD}\n\ty")
    }
  }

  /// What is escaped is not lost: a JSON parser gives the name back.
  @Test func jsonGivesEveryNameBack() throws {
    for scalar in Self.harmful {
      let name = "name\(scalar)end"
      let json = try JSONSerialization.jsonObject(
        with: Data(try render(Self.profile(name), .json)))
      let target = (json as? [String: Any])?["target"] as? [String: Any]
      #expect(
        (target?["command"] as? String)?.unicodeScalars.elementsEqual(name.unicodeScalars) == true)
    }
  }

  static func profile(_ name: String) -> Profile {
    var profile = ProfileBuilding.example
    profile.functions = profile.functions.map {
      Function(kind: $0.kind, name: name, file: name, line: $0.line, module: $0.module)
    }
    profile.modules = profile.modules.map { _ in Module(path: name) }
    profile.threads = profile.threads.map {
      Thread(pid: $0.pid, tid: $0.tid, name: name, isPython: $0.isPython)
    }
    profile.target.command = name
    profile.target.host = name
    profile.ledger.notes = [name]
    profile.ledger.reasons = ["", name]
    return profile
  }

  @Test(arguments: names)
  func folded(_ name: String) throws {
    let text = try renderText(Self.profile(name), .folded) {
      $0.splitsByThread = true
      $0.showsPlumbing = true
    }
    let reference = try renderText(ProfileBuilding.example, .folded)
    #expect(
      foldedStacks(text).values.reduce(0, +) == foldedStacks(reference).values.reduce(0, +))
    for line in text.split(separator: "\n") {
      let stack = line[..<line.lastIndex(of: " ")!]
      for frame in stack.split(separator: ";", omittingEmptySubsequences: false) {
        #expect(!frame.isEmpty)
        #expect(!frame.contains(/[ ][0-9.]+$/), "read as a count: \(frame)")
      }
      #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
    }
  }

  @Test(arguments: names)
  func text(_ name: String) throws {
    for isColored in [false, true] {
      let text = try renderText(Self.profile(name), .text) { $0.usesColor = isColored }
      let plain = text.replacing(/\u{1B}\[[0-9]+m/, with: "")
      #expect(
        plain.unicodeScalars.allSatisfy {
          ($0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value)) || $0 == "\n"
        })
      #expect(!plain.unicodeScalars.contains("\u{202E}"))
    }
  }

  @Test(arguments: names)
  func json(_ name: String) throws {
    let bytes = try render(Self.profile(name), .json)
    let json = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    let target = json?["target"] as? [String: Any]
    #expect(target?["command"] as? String == name)
    let functions = json?["functions"] as? [[String: Any]]
    #expect(functions?.first?["name"] as? String == name)
  }

  @Test(arguments: names)
  func svg(_ name: String) throws {
    let svg = try SVGReader(try render(Self.profile(name), .svg))
    #expect(svg.elements["script"] == 1, "only our own script")
    #expect(svg.boxes.count > 10)
    #expect(!svg.attributeNames.contains { $0.hasPrefix("on") }, "no event attributes")
    let safe = name.replacing("\u{FFFE}", with: "")
    if safe.count < 100, safe.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7F }) {
      #expect(svg.boxes.contains { $0.title.hasPrefix(safe) }, "the name is told as it is")
    }
  }
}
