import Exporters
import ProfileModel
import SampleTypes
import Support
import Testing

/// Each filter keeps what it names and drops the rest.
struct FilterTests {
  struct Case: CustomTestStringConvertible {
    var name: String
    /// Milliseconds that stay.
    var kept: Int
    var change: @Sendable (inout ProfileFilter) -> Void
    var testDescription: String { name }
  }

  /// 1, 2, 4… milliseconds, so that a sum tells which samples are in it.
  private static var profile: Profile {
    var build = ProfileBuilding()
    let main = build.thread("MainThread", tid: 10)
    let blas = build.thread("blas-7", tid: 11, isPython: false)
    build.sample(
      main, "main (app.py:1); parse (app.py:2)", .held, milliseconds: 1, merge: .partial)
    build.sample(
      main, "main (app.py:1); deflate [libz.so.1]", .released, milliseconds: 2, merge: .pythonOnly)
    build.sample(
      main, "main (app.py:1); take_gil [python]", .waiting, cpu: .blocked, milliseconds: 4)
    build.sample(blas, "dgemm [blas.so]", .none, milliseconds: 8, merge: .nativeOnly)
    build.sample(main, "main (app.py:1); fsync [libc.so.6]", .held, cpu: .blocked, milliseconds: 16)
    build.sample(
      main, "main (app.py:1); sleep [libc.so.6]", .released, cpu: .blocked, milliseconds: 32)
    build.sample(main, "", .released, cpu: .runnable, milliseconds: 64)
    return build.profile
  }

  static let cases = [
    Case(name: "nothing: all but idle and runnable", kept: 127 - 32 - 64) { _ in },
    Case(name: "hidden time", kept: 127) { $0.showsHiddenTime = true },
    Case(name: "held", kept: 1 + 16) { $0.gil = [.held] },
    Case(name: "released or none", kept: 2 + 8) { $0.gil = [.released, .none] },
    Case(name: "waiting", kept: 4) { $0.gil = [.waiting] },
    Case(name: "running", kept: 1 + 2 + 8) { $0.cpu = [.running] },
    Case(name: "blocked shows idle too", kept: 4 + 16 + 32) { $0.cpu = [.blocked] },
    Case(name: "running or runnable", kept: 1 + 2 + 8 + 64) { $0.cpu = [.running, .runnable] },
    Case(name: "runnable", kept: 64) { $0.cpu = [.runnable] },
    Case(name: "thread by name", kept: 8) { $0.threads = [try! FramePattern("^blas-[0-9]+$")] },
    Case(name: "thread by id", kept: 8) { $0.threads = [try! FramePattern("11")] },
    Case(name: "either thread", kept: 31) {
      $0.threads = [try! FramePattern("blas"), try! FramePattern("Main")]
    },
    Case(name: "include", kept: 2) { $0.include = [try! FramePattern("deflate")] },
    Case(name: "include a caller", kept: 1 + 2 + 4 + 16) {
      $0.include = [try! FramePattern(#"main \(app\.py:\d\)"#)]
    },
    Case(name: "include both", kept: 16) {
      $0.include = [try! FramePattern("main"), try! FramePattern("fsync|dgemm")]
    },
    Case(name: "exclude", kept: 8) { $0.exclude = [try! FramePattern("app.py")] },
    Case(name: "exclude either", kept: 31 - 2 - 8) {
      $0.exclude = [try! FramePattern("libz"), try! FramePattern("dgemm")]
    },
    // Samples start at 0, 1, 3, 7, 15, 31 and 63 ms.
    Case(name: "from", kept: 8 + 16) { $0.from = 7_000_000 },
    Case(name: "to, exclusive", kept: 1 + 2 + 4) { $0.to = 7_000_000 },
    Case(name: "both ends", kept: 4) {
      $0.from = 2_000_000
      $0.to = 7_000_000
    },
    Case(name: "merged exactly", kept: 4 + 16) { $0.merge = [.exact] },
    Case(name: "merged in part", kept: 1) { $0.merge = [.partial] },
    Case(name: "not merged", kept: 2 + 8) { $0.merge = [.pythonOnly, .nativeOnly] },
    Case(name: "different kinds must all hold", kept: 16) {
      $0.gil = [.held]
      $0.cpu = [.blocked]
      $0.include = [try! FramePattern("main")]
    },
  ]

  @Test(arguments: cases)
  func keeps(_ example: Case) throws {
    let text = try renderText(Self.profile, .folded) { example.change(&$0.filter) }
    #expect(foldedStacks(text).values.reduce(0, +) == example.kept * 1000)
  }

  @Test func aBrokenPatternIsRefusedWithAReason() {
    #expect(throws: FramePattern.Invalid.self) { try FramePattern("(unclosed") }
    #expect(throws: FramePattern.Invalid.self) { try FramePattern("[") }
  }

  @Test func literalAndRegularPatternsAgree() throws {
    for (literal, regular) in [
      ("parse (app", #"parse \(app"#), ("libz", "lib[z]"), ("no such", "no [s]uch"),
    ] {
      let one = try renderText(Self.profile, .folded) {
        $0.filter.exclude = [try! FramePattern(literal.replacing("(", with: #"\("#))]
      }
      let other = try renderText(Self.profile, .folded) {
        $0.filter.exclude = [try! FramePattern(regular)]
      }
      #expect(one == other)
    }
  }

  @Test func emptySelectionsAreKnown() throws {
    var options = ReportOptions()
    options.filter.from = 1_000_000_000_000
    #expect(try Report(Self.profile, options: options).isEmpty)
    #expect(try !Report(Self.profile, options: ReportOptions()).isEmpty)
  }
}
