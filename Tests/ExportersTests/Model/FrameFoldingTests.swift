import Exporters
import ProfileModel
import SampleTypes
import Support
import Testing

/// How frames are spelled, and which are folded away.
struct FrameFoldingTests {
  struct Case: CustomTestStringConvertible {
    var stack: String
    var folded: String
    var change: @Sendable (inout ReportOptions) -> Void = { _ in }
    var testDescription: String { "\(stack) → \(folded)" }
  }

  static let cases = [
    Case(stack: "main (app.py:10@1)", folded: "main (app.py:10)"),
    Case(stack: "main (app.py:10@1)", folded: "main (app.py:1)") { $0.showsLines = false },
    Case(stack: "main (app.py:0@0)", folded: "main (app.py)"),
    Case(stack: "main", folded: "main"),
    Case(stack: "deflate [libz.so.1]", folded: "deflate (libz.so.1)"),
    Case(stack: "+longest_match [libz.so.1]", folded: "longest_match (libz.so.1)_[i]"),
    Case(
      stack: "f (a.py:1); deflate [libz.so.1]; +longest_match [libz.so.1]",
      folded: "f (a.py:1);deflate (libz.so.1);longest_match (libz.so.1)_[i]"),
    Case(
      stack: "f (a.py:1); deflate [libz.so.1]; +longest_match [libz.so.1]",
      folded: "f (a.py:1);deflate (libz.so.1)"
    ) { $0.showsInlined = false },
    Case(stack: "libz.so.1+0x4f10 [libz.so.1]", folded: "libz.so.1+0x4f10"),
    Case(stack: "ksys_read [kernel]", folded: "ksys_read_[k]"),
    // Glue between other frames is folded away.
    Case(
      stack: "f (a.py:1); ~_PyFunction_Vectorcall [python]; g (a.py:2)",
      folded: "f (a.py:1);g (a.py:2)"),
    Case(
      stack: "f (a.py:1); ~_PyFunction_Vectorcall [python]; g (a.py:2)",
      folded: "f (a.py:1);_PyFunction_Vectorcall (python);g (a.py:2)"
    ) { $0.showsPlumbing = true },
    // Innermost glue did the work itself; only the last of a chain is innermost.
    Case(
      stack: "f (a.py:1); ~PyObject_Call [python]; ~type_call [python]",
      folded: "f (a.py:1);type_call (python)"),
    // An innermost eval loop runs the Python frame below it, whatever part the compiler cut it to.
    Case(stack: "f (a.py:1); ~_PyEval_EvalFrameDefault [python]", folded: "f (a.py:1)"),
    Case(stack: "f (a.py:1); ~_PyEval_EvalFrameDefault.cold [python]", folded: "f (a.py:1)"),
    Case(
      stack: "~main [python]; ~_PyEval_EvalFrameDefault [python]",
      folded: "_PyEval_EvalFrameDefault (python)"),
    Case(stack: "~_start [python]; f (a.py:1)", folded: "f (a.py:1)"),
    Case(stack: "f (a.py:1); deflate [z]; read [kernel]", folded: "f (a.py:1)") {
      $0.frames = .pythonOnly
    },
    Case(stack: "f (a.py:1); deflate [z]; read [kernel]", folded: "deflate (z);read_[k]") {
      $0.frames = .nativeOnly
    },
    Case(stack: "deflate [z]", folded: "[no stack]") { $0.frames = .pythonOnly },
    Case(stack: "", folded: "[no stack]"),
    Case(stack: "f (a.py:1)", folded: "thread MainThread (7);f (a.py:1)") {
      $0.splitsByThread = true
    },
    Case(stack: "f (a.py:1)", folded: "GIL held;thread MainThread (7);f (a.py:1)") {
      $0.splitsByThread = true
      $0.splitsByGil = true
    },
  ]

  @Test(arguments: cases)
  func frames(_ example: Case) throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 7)
    build.sample(thread, example.stack, .held)
    let text = try renderText(build.profile, .folded, example.change)
    #expect(text == example.folded + " 10000\n")
  }

  @Test func threadsWithoutPythonShareARootByName() throws {
    var build = ProfileBuilding()
    for tid in 1...3 as ClosedRange<Int32> {
      let thread = build.thread(tid < 3 ? "blas" : "omp", tid: tid, isPython: false)
      build.sample(thread, "dgemm [blas.so]", .none)
    }
    let text = try renderText(build.profile, .folded)
    #expect(text == "thread blas;dgemm (blas.so) 20000\nthread omp;dgemm (blas.so) 10000\n")
  }

  @Test func functionsOfOneSpellingAreOneFoldedFrameButTwoFunctions() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "run (a/__init__.py:3@3)", .held)
    build.sample(thread, "run (b/__init__.py:3@3)", .held)
    #expect(try renderText(build.profile, .folded) == "run (__init__.py:3) 20000\n")
    let json = try renderText(build.profile, .json)
    #expect(json.contains("a/__init__.py") && json.contains("b/__init__.py"))
  }
}
