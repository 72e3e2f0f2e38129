import Exporters
import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

/// Properties of the text report that hold for every profile and width.
struct TextReportTests {
  @Test(arguments: [80, 81, 97, 100, 120, 160, 200])
  func everyLineFits(width: Int) throws {
    var profiles = (1...6).map { Profile.random(seed: $0) } + [ProfileBuilding.example]
    profiles[0].functions = profiles[0].functions.map {
      Function(
        kind: $0.kind, name: String(repeating: "漢字very_long_name", count: 40), file: $0.file,
        module: $0.module)
    }
    profiles[0].ledger.notes = [String(repeating: "word ", count: 100)]
    profiles[0].target.command = String(repeating: "argument ", count: 100)
    for profile in profiles {
      for usesUnicode in [true, false] {
        let text = try renderText(profile, .text) {
          $0.width = width
          $0.usesUnicode = usesUnicode
          $0.filter.showsHiddenTime = true
        }
        for line in text.split(separator: "\n") {
          #expect(columns(line) <= width, "\(line)")
          #expect(!line.hasSuffix(" "))
        }
      }
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func sharesAddUpToOneHundred(seed: UInt64) throws {
    let text = try renderText(Profile.random(seed: seed, samples: 37), .text)
    let lines = text.split(separator: "\n").map(String.init)
    let start = try #require(lines.firstIndex { $0.hasPrefix("Where the time went") })
    let end = try #require(lines.firstIndex { $0.hasPrefix("  all threads") })
    let tenths = { (line: String) -> Int in
      Int((Double(line.split(separator: " ").last!)! * 10).rounded())
    }
    let shares = lines[(start + 1)..<end].filter { !$0.hasSuffix("·") }.map(tenths)
    #expect(shares.reduce(0, +) == 1000)
    #expect(tenths(lines[end]) == 1000)
  }

  @Test func asciiIsAscii() throws {
    let text = try renderText(ProfileBuilding.example, .text) {
      $0.usesUnicode = false
      $0.usesColor = true
      $0.width = 80
    }
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
  }

  @Test func coloursChangeNothingElse() throws {
    let plain = try renderText(ProfileBuilding.example, .text)
    let colored = try renderText(ProfileBuilding.example, .text) { $0.usesColor = true }
    #expect(colored.contains("\u{1B}[33m"))
    #expect(colored.replacing(/\u{1B}\[[0-9]+m/, with: "").replacing(/[ ]+\n/, with: "\n") == plain)
  }

  @Test func limitsAndSorting() throws {
    let rows = { (change: @escaping (inout ReportOptions) -> Void) throws -> [Substring] in
      let lines = try renderText(ProfileBuilding.example, .text, change).split(
        separator: "\n", omittingEmptySubsequences: false)
      let start = lines.firstIndex { $0.hasPrefix("Functions by") }! + 2
      // Without the lines that are only a place.
      return lines[start...].prefix { !$0.isEmpty }.filter { !$0.hasPrefix("          ") }
    }
    #expect(try rows { $0.limit = 3 }.count == 3)
    #expect(try rows { $0.limit = 0 }.count == 25)
    #expect(try rows { $0.limit = 1 }[0].contains("node_split_best (_splitter.so)"))
    let byTotal = try rows {
      $0.limit = 1
      $0.sort = .totalTime
    }
    #expect(byTotal[0].contains("<module> (train.py:1, hottest line 30)"))
  }

  @Test func hiddenTimeIsSaid() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "f (a.py:1)", .held, milliseconds: 500)
    build.sample(thread, "g (a.py:2)", .released, cpu: .runnable, milliseconds: 250)
    build.sample(thread, "h (a.py:3)", .released, cpu: .blocked, milliseconds: 250)
    let hidden = try renderText(build.profile, .text)
    #expect(hidden.contains("Left out below: no CPU free 25.0 %, idle 25.0 %; -i shows it."))
    #expect(hidden.contains("% of 0.500 s") && !hidden.contains("g (a.py:2)"))
    let shown = try renderText(build.profile, .text) { $0.filter.showsHiddenTime = true }
    #expect(!shown.contains("Left out") && shown.contains("% of 1.000 s"))
    #expect(shown.contains("g (a.py:2)") && shown.contains("h (a.py:3)"))
    let runnable = try renderText(build.profile, .text) { $0.filter.cpu = [.runnable] }
    #expect(!runnable.contains("Left out") && runnable.contains("g (a.py:2)"))
  }

  /// Time in kernel mode is longer than a period a sample, and time off the CPU was not promised.
  @Test func onlyTimeOnTheCPUIsComparedWithTheExpected() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "f (a.py:1)", .held, count: 90)
    build.sample(thread, "f (a.py:1)", .released, milliseconds: 12, count: 5)
    build.sample(thread, "f (a.py:1)", .released, cpu: .runnable, count: 30)
    build.sample(thread, "f (a.py:1)", .released, cpu: .blocked, milliseconds: 700, count: 3)
    build.profile.ledger.expectedSamples = 100
    build.profile.ledger.lostSamples = 1
    let text = try renderText(build.profile, .text)
    #expect(
      text.contains(
        "  samples   128 in all; on the CPU 96 of 100 expected (96.0 %), 1 record lost\n"))
    let json = try renderText(build.profile, .json)
    #expect(
      json.contains("\"samples\":128,\"on_cpu_samples\":96,\"expected_samples\":100,"))
  }

  @Test func columnsWithoutTimeAreLeftOut() throws {
    let header = { (change: (inout ReportOptions) -> Void) throws -> [Substring] in
      let lines = try renderText(ProfileBuilding.example, .text, change).split(separator: "\n")
      let heading = try #require(lines.firstIndex { $0.hasPrefix("Functions by") })
      return lines[heading + 1].split(separator: " ")
    }
    #expect(
      try header { _ in }
        == ["self", "%", "held", "released", "waiting", "none", "total", "function"])
    // The rows that are listed count, not those that are not.
    #expect(
      try header { $0.limit = 1 } == ["self", "%", "released", "total", "function"])
  }

  @Test(arguments: [
    ("short [_tree.cpython-311-x86_64-linux-gnu.so]", "N short (_tree.so)"),
    ("cblas_dgemm [libopenblas.so.0]", "N cblas_dgemm (libopenblas.so.0)"),
    (
      "__pyx_f_7sklearn_4tree_5_tree_4Tree_predict(_object*) [_tree.cpython-311-x86_64-linux-gnu.so]",
      "N sklearn.tree._tree.Tree.predict"
    ),
    (
      "__pyx_f_5numpy_import_array [_tree.cpython-311-x86_64-linux-gnu.so]",
      "N numpy.import_array (_tree.so)"
    ),
    (
      "__pyx_f_\(String(repeating: "7sklearn_", count: 12))tail [_tree.so]",
      "N …rn.\(String(repeating: "sklearn.", count: 10))tail"
    ),
  ])
  func functionColumn(stack: String, expected: String) throws {
    var build = ProfileBuilding()
    build.sample(build.thread("MainThread", tid: 1), stack, .held)
    let text = try renderText(build.profile, .text)
    #expect(text.contains("  \(expected)\n"), "\(text)")
  }

  /// Where the time is, within the function: of Python by its lines, of native code with its file.
  @Test func theHottestLine() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    let work = { (line: Int) in "main (app.py:9@5); work (taxi.py:\(line)@40)" }
    build.sample(thread, work(57), .held, count: 6)
    build.sample(thread, work(44), .held, count: 4)
    for line in 1...5 { build.sample(thread, "even (taxi.py:\(line)@1)", .held, count: 2) }
    build.sample(thread, work(57) + "; solve [fast.so solve.c:12@10]", .released, count: 3)
    build.sample(thread, work(57) + "; solve [fast.so solve.c:13@10]", .released, count: 5)
    build.sample(thread, work(57) + "; step [fast.so solve.c:3@2]", .released)
    let text = try renderText(build.profile, .text) { $0.limit = 0 }
    for name in [
      "main (app.py:5, hottest line 9)", "work (taxi.py:40, hottest line 57)",
      "even (taxi.py:1, 20.0 % in 1)",
      "solve (fast.so, hottest line solve.c:13)", "step (fast.so, solve.c:3)",
    ] {
      #expect(text.contains(" \(name)\n"), "\(name) in \(text)")
    }
    let plain = try renderText(build.profile, .text) { $0.showsLines = false }
    #expect(plain.contains(" work (taxi.py:40)\n") && plain.contains(" solve (fast.so)\n"))
  }

  /// A table by total time has the line with most total time, not the one with most of the function's
  /// own.
  @Test func theHottestLineIsThatOfTheTimeShown() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "main (app.py:67@62)", .held, count: 3)
    build.sample(thread, "main (app.py:63@62); clean (app.py:25@20)", .held, count: 90)
    build.sample(thread, "main (app.py:64@62); store (app.py:30@29)", .released, count: 200)
    let place = { (change: @escaping (inout ReportOptions) -> Void) throws -> Substring in
      let text = try renderText(build.profile, .text, change)
      let row = try #require(text.split(separator: "\n").first { $0.contains("P main (") })
      return row[row.range(of: "main (")!.lowerBound...]
    }
    #expect(try place { _ in } == "main (app.py:62, hottest line 67)")
    #expect(try place { $0.sort = .totalTime } == "main (app.py:62, hottest line 64)")
    let held = try place {
      $0.sort = .totalTime
      $0.filter.gil = [.held]
    }
    #expect(held == "main (app.py:62, hottest line 63)")
  }

  /// No place is lost or cut where the terminal is narrow, and total time by GIL state is shown where
  /// it is wide.
  @Test func placesAtEveryWidth() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    let stack = "a_rather_long_function_name (module_of_some_length.py:57@40)"
    build.sample(thread, stack, .held)
    build.sample(thread, stack + "; f [lib_with_a_name.so.1]", .released)
    build.sample(thread, stack, .waiting)
    build.sample(thread, "g [lib_with_a_name.so.1]", .none)
    for width in [80, 100, 120, 160, 200] {
      let text = try renderText(build.profile, .text) { $0.width = width }
      #expect(text.contains("(module_of_some_length.py:40, hottest line 57)\n"), "\(text)")
      #expect(text.contains("(lib_with_a_name.so.1)\n"))
      let header = text.split(separator: "\n").first { $0.hasSuffix("  function") } ?? ""
      #expect(header.split(separator: " ").count { $0 == "held" } == (width >= 160 ? 2 : 1))
    }
  }

  @Test func whatCannotBeSeenIsSaid() throws {
    var profile = ProfileBuilding.example
    profile.samples.removeAll { $0.cpu != .running }
    profile.recording.recordsBlocked = false
    profile.ledger.isComplete = false
    let text = try renderText(profile, .text)
    #expect(text.contains("Only time on the CPU was recorded"))
    #expect(text.contains("not recorded"))
    #expect(text.contains("the recording ends early"))
  }

  @Test func aProfileWithoutSamplesIsReported() throws {
    let text = try renderText(Profile(), .text)
    #expect(text.contains("No function passes the filters."))
    #expect(text.contains("none: no thread was stopped"))
  }

  /// Columns of a terminal, by a rule of its own: what the fixtures hold is either CJK, a
  /// combining mark or narrow.
  private func columns(_ line: Substring) -> Int {
    line.unicodeScalars.reduce(0) { $0 + ((0x4E00...0x9FFF).contains($1.value) ? 2 : 1) }
  }
}
