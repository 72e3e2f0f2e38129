import ProfileModel
import SampleTypes
import Support
import Testing

@testable import Exporters

struct NativeCallTests {
  private static let interpreter = "~_PyEval_EvalFrameDefault [libpython3.13.so]; "

  private func rows(
    _ profile: Profile, _ state: GilState, ofInterpreter: Bool = false
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
          Inside CPython itself: 0.040 s (25.0 %); call it less, or in another process
          0.040   25.0  list_sort (libpython3.13.so) (inside CPython) ← main (app.py:5)

        """))
  }

  /// What the interpreter asks of the C library, the loader or the vdso is its own doing; what an
  /// extension module asks of them is that one's.
  @Test(arguments: [
    "memset [libc.so.6]", "__memmove_avx [libc-2.31.so]", "__tls_get_addr [ld-linux-x86-64.so.2]",
    "__vdso_clock_gettime [[vdso]]", "pow [libm.so.6]", "malloc [libc.musl-x86_64.so.1]",
    "sem_wait [libpthread.so.0]",
  ])
  func theCLibraryIsItsCallers(function: String) throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    let main = Self.interpreter + "main (app.py:5@1); ~vectorcall [libpython3.13.so]; "
    build.sample(thread, main + function, .held, count: 3)
    build.sample(thread, main + "list_sort [libpython3.13.so]; \(function)", .held)
    build.sample(thread, main + "solve [fast.so]; \(function)", .held, count: 5)
    #expect(try rows(build.profile, .held) == ["solve (fast.so) < main (app.py:5) 50"])
    let own = try rows(build.profile, .held, ofInterpreter: true)
    #expect(own.count == 2 && own[1] == "list_sort (libpython3.13.so) < main (app.py:5) 10")
    #expect(own[0].hasSuffix(" < main (app.py:5) 30"))
  }

  /// Names that only begin like the C library's: their authors can let the GIL go.
  @Test(arguments: ["libcrypto.so.3", "libmkl.so", "libcurl.so.4", "ldap.so", "pythonnet.so"])
  func otherLibrariesAreNot(module: String) throws {
    var build = ProfileBuilding()
    let main = Self.interpreter + "main (app.py:5@1); "
    build.sample(build.thread("MainThread", tid: 1), main + "f [\(module)]", .held)
    #expect(try rows(build.profile, .held) == ["f (\(module)) < main (app.py:5) 10"])
  }

  /// A regular expression that starves everybody is said, by the line that calls it; crumbs are not.
  @Test func largeCallsInsideCPythonAreListed() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    let main = Self.interpreter + "main (app.py:5@1); "
    build.sample(
      thread, main + "pattern_match [libpython3.13.so]; sre [libpython3.13.so]", .held, count: 84)
    build.sample(thread, main + "list_sort [libpython3.13.so]", .held, count: 10)
    build.sample(thread, main + "dict_get [libpython3.13.so]", .held)
    build.sample(thread, main + "solve [fast.so]", .held, count: 5)
    let text = try renderText(build.profile, .text)
    let lines = text.split(separator: "\n").filter { $0.contains("(inside CPython)") }
    #expect(lines.count == 2)
    #expect(
      lines[0].contains("84.0  pattern_match (libpython3.13.so) (inside CPython) ← main (app.py:5)")
    )
    #expect(lines[1].contains("list_sort"))
    #expect(text.contains("Inside CPython itself: 0.950 s (95.0 %)"))
  }

  @Test func hiddenTimeAndFiltersHold() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "main (app.py:5@1); wait [fast.so]", .released, cpu: .blocked)
    build.sample(thread, "main (app.py:5@1); write [fast.so]", .held, cpu: .blocked)
    #expect(try rows(build.profile, .released) == [])
    #expect(try rows(build.profile, .held) == ["write (fast.so) < main (app.py:5) 10"])
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
