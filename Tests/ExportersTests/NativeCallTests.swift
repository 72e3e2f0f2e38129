import ProfileModel
import Support
import Testing

@testable import Exporters

struct NativeCallTests {
  private static let interpreter = "~_PyEval_EvalFrameDefault [libpython3.13.so]; "

  private func rows(
    _ profile: Profile, _ state: GilAxis, ofInterpreter: Bool = false
  ) throws -> [String] {
    let report = try Report(profile, options: ReportOptions())
    let table = NativeCallTable(report)
    return table.rows(in: state, ofInterpreter: ofInterpreter).map { row in
      let names = [row.callee, row.caller].map { table.tree.frames[Int($0)].name }
      return "\(names.joined(separator: " < ")) \(row.time[state] / 1_000_000)"
    }
  }

  @Test func nativeCodeIsToldByTheLineThatCallsIt() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    let main = Self.interpreter + "main (app.py:5@1); "
    let other = Self.interpreter + "main (app.py:9@1); "
    // The interpreter is the way to native code, whatever of it is on the way.
    build.sample(
      thread, main + "type_call [libpython3.13.so]; solve [fast.so]; inner [fast.so]", .held)
    build.sample(thread, main + "solve [fast.so]", .held, count: 2)
    build.sample(thread, other + "solve [fast.so]; dot [libblas.so]", .held, count: 7)
    build.sample(thread, main + "solve [fast.so]; dot [libblas.so]", .released, count: 4)
    // A callback is Python again: its own line counts.
    build.sample(
      thread, main + "solve [fast.so]; " + "callback (app.py:20@19); deflate [libz.so.1]", .held)
    // No native code at all, or only the interpreter's.
    build.sample(thread, main + "dict_lookup [libpython3.13.so]", .held, count: 50)
    build.sample(thread, main, .held, count: 50)
    build.sample(thread, main + "ksys_read [kernel]", .released, count: 50)
    #expect(
      try rows(build.profile, .held) == [
        "solve (fast.so) < main (app.py:9) 70", "solve (fast.so) < main (app.py:5) 30",
        "deflate (libz.so.1) < callback (app.py:20) 10",
      ])
    #expect(try rows(build.profile, .released) == ["solve (fast.so) < main (app.py:5) 40"])
  }

  /// The list is of functions: their own lines, and whether they were inlined, make no new rows.
  @Test func nativeLinesMakeNoRowsOfTheirOwn() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    let main = Self.interpreter + "main (app.py:5@1); "
    build.sample(thread, main + "solve [fast.so solve.c:12@10]", .held, count: 2)
    build.sample(thread, main + "solve [fast.so solve.c:13@10]; dot [libblas.so]", .held, count: 3)
    build.sample(thread, main + "+solve [fast.so solve.c:14@10]", .held)
    build.sample(thread, main + "solve [other.so solve.c:12@10]", .held)
    #expect(
      try rows(build.profile, .held) == [
        "solve (fast.so) < main (app.py:5) 60", "solve (other.so) < main (app.py:5) 10",
      ])
  }

  /// Nobody can release the GIL in `sorted`, but its time is said.
  @Test func theInterpretersOwnFunctionsAreToldApart() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    let main = Self.interpreter + "main (app.py:5@1); ~vectorcall [libpython3.13.so]; "
    build.sample(thread, main + "list_sort [libpython3.13.so]; compare [libpython3.13.so]", .held)
    build.sample(thread, main + "list_sort [libpython3.13.so]", .held, count: 3)
    build.sample(thread, main + "list_sort [libpython3.13.so]; cmp [fast.so]", .held, count: 2)
    build.sample(thread, main, .held, count: 10)
    #expect(try rows(build.profile, .held) == ["cmp (fast.so) < main (app.py:5) 20"])
    #expect(
      try rows(build.profile, .held, ofInterpreter: true) == [
        "list_sort (libpython3.13.so) < main (app.py:5) 40"
      ])
    let text = try renderText(build.profile, .text)
    #expect(
      text.contains(
        """
          Not listed: 0.040 s (25.0 %) in the interpreter's own functions, most in
          0.040   25.0  list_sort (libpython3.13.so) ← main (app.py:5)

        """))
  }

  @Test func hiddenTimeAndFiltersHold() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "main (app.py:5@1); wait [libc.so.6]", .released, cpu: .blocked)
    build.sample(thread, "main (app.py:5@1); write [libc.so.6]", .held, cpu: .blocked)
    #expect(try rows(build.profile, .released) == [])
    #expect(try rows(build.profile, .held) == ["write (libc.so.6) < main (app.py:5) 10"])
  }

  @Test(arguments: [80, 97, 120, 200])
  func sectionsFitEveryWidth(width: Int) throws {
    let text = try renderText(ProfileBuilding.example, .text) { $0.width = width }
    #expect(text.contains("Release the GIL here"))
    #expect(text.contains("Already parallel"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
  }

  @Test func withoutNativeCodeThereIsNoSection() throws {
    var build = ProfileBuilding()
    build.sample(build.thread("MainThread", tid: 1), "main (app.py:5@1)", .held)
    let text = try renderText(build.profile, .text)
    #expect(!text.contains("Release the GIL"))
    #expect(!text.contains("Already parallel"))
  }
}
