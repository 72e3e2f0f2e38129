import Testing

@testable import CPython

@Suite struct PythonVersionTests {
  @Test func hexHoldsThreeNumbers() {
    #expect(PythonVersion(hex: 0x030d_12f0)?.description == "3.13.18")
    #expect(PythonVersion(hex: 0x0308_12f0) == PythonVersion(major: 3, minor: 8, micro: 18))
    #expect(PythonVersion(hex: 0x030f_00c2)?.description == "3.15.0rc2")
    #expect(PythonVersion(hex: 0x030f_00c2)! < PythonVersion(hex: 0x030f_00f0)!)
    #expect(PythonVersion(hex: 0) == nil)
    #expect(PythonVersion(hex: 0x1_0308_12f0) == nil)
    #expect(PythonVersion(hex: .max) == nil)
  }

  @Test(arguments: [
    ("/usr/lib/x86_64-linux-gnu/libpython3.8.so.1.0", 8), ("/usr/bin/python3.11", 11),
    ("/opt/python3.13t", 13), ("/opt/lib/python3.9/lib-dynload/math.so", 9),
    ("libpython3.12d.so.1.0", 12), ("/opt/python3.x/bin/python3.10", 10),
  ])
  func pathsNameTheMinorVersion(_ path: String, _ minor: Int) {
    #expect(PythonVersion(inPath: path)?.minor == minor)
  }

  @Test(arguments: ["", "python3", "python3.", "/usr/bin/python2.7", "libpython3.so"])
  func otherPathsNameNone(_ path: String) {
    #expect(PythonVersion(inPath: path) == nil)
  }

  @Test(arguments: [
    ("\u{0}3.8.18 (default, Aug  1 2023) \n[GCC 12]", "3.8.18"),
    ("3.13.0rc1 (main, Aug  1 2024) [Clang 18]", "3.13.0rc1"),
    ("3.15.0a7+ (main, Aug  1 2026) [Clang 18]", "3.15.0a7"),
    ("3.15.0b (main, Aug  1 2026) [Clang 18]", "3.15.0b0"),
    ("x3.8.1 (no\u{0}3.9.0+ (heads/3.9:1) \n[GCC 9]", "3.9.0"),
    ("3.44.0 (sqlite)\u{0}3.10.1 (main) [GCC 9]", "3.10.1"),
  ])
  func theTextOfPyGetVersionHoldsAllThree(_ text: String, _ version: String) {
    let found = Array(text.utf8).withUnsafeBytes { PythonVersion(inText: $0, minor: nil) }
    #expect(found?.description == version)
  }

  @Test(arguments: ["3.8.18", "3.8 (x", "3.8.18-(", "3.1234.5 (", "\u{0}3.9.1 (x"])
  func otherTextHoldsNone(_ text: String) {
    let found = Array(text.utf8).withUnsafeBytes { PythonVersion(inText: $0, minor: 8) }
    #expect(found == nil)
  }
}
