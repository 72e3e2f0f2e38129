import Foundation
import Support
import Testing

/// An installed CPython that was built with a shared library.
struct SharedPython {
  let executable: String
  let library: String
  private let prefix: String

  /// Cancels the test case, and says so, where there is none of this minor version.
  init(_ minor: Int) throws {
    guard let found = Interpreter.minor(minor) else {
      try Test.cancel("Python 3.\(minor) is not there: libpython3.\(minor) is not tested")
    }
    executable = found.path
    let directory = (found.path as NSString).deletingLastPathComponent
    prefix = (directory as NSString).deletingLastPathComponent
    library = "\(prefix)/lib/libpython3.\(minor).so.1.0"
    guard FileManager.default.fileExists(atPath: library) else {
      try Test.cancel("\(found) has no libpython3.\(minor).so: it is not tested in other programs")
    }
  }

  /// Tells an interpreter in another place where its modules are.
  func launcher(_ variables: [String] = []) -> [String] {
    ["/usr/bin/env", "PYTHONHOME=\(prefix)"] + variables
  }
}
