import Foundation

/// A CPython on this machine that tests can start.
public struct Interpreter: Hashable, Sendable, CustomStringConvertible {
  /// Where the interpreter itself sees its executable.
  public var path: String
  /// The directory that is the root of its file system; nil where that is everyone's.
  public var root: String?
  public var description: String { (root ?? "") + path }

  public init(path: String, root: String? = nil) {
    self.path = path
    self.root = root
  }

  /// The words that start it. `chroot` executes it in its own place, so the process id is the
  /// interpreter's.
  public var command: [String] {
    guard let root else { return [path] }
    return ["/usr/sbin/chroot", root, path]
  }
}

extension Interpreter {
  /// The interpreter of a minor version of 3, from pyenv or `PATH`; nil if there is none.
  public static func minor(_ minor: Int) -> Interpreter? {
    pyenv(minor) ?? inPath("python3.\(minor)")
  }

  /// The free-threaded build of a minor version (`pyenv install 3.14t`, or `Scripts/build-python.sh`);
  /// nil if there is none.
  public static func freeThreaded(_ minor: Int) -> Interpreter? {
    let built = "\(repositoryRoot)/.interpreters/3.\(minor)t/bin/python3.\(minor)t"
    if FileManager.default.isExecutableFile(atPath: built) { return Interpreter(path: built) }
    return pyenv(minor, suffix: "t") ?? inPath("python3.\(minor)t")
  }

  /// The `python3` of the distribution: stripped, optimised, linked statically on Debian.
  public static var system: Interpreter? { inPath("python3") }

  /// The one of Debian's unstable suite, in a root of its own; nil without the tree or without the
  /// privilege to enter it. Stripped and optimised; 3.14 and 3.15 have a JIT.
  public static func sid(_ minor: Int) -> Interpreter? {
    let path = "/usr/bin/python3.\(minor)"
    guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: DebianTree.root + path)
    else { return nil }
    return Interpreter(path: path, root: DebianTree.root)
  }

  /// More of them, named in `HYFLAME_TEST_PYTHONS` (paths, separated by colons).
  public static var extra: [Interpreter] {
    (ProcessInfo.processInfo.environment["HYFLAME_TEST_PYTHONS"] ?? "").split(separator: ":")
      .map { Interpreter(path: String($0)) }
  }

  /// True where those are the only ones to test with (`HYFLAME_TEST_OTHERS=0`).
  public static var extraAlone: Bool {
    ProcessInfo.processInfo.environment["HYFLAME_TEST_OTHERS"] == "0"
  }

  private static func pyenv(_ minor: Int, suffix: String = "") -> Interpreter? {
    let environment = ProcessInfo.processInfo.environment
    let root = environment["PYENV_ROOT"] ?? (environment["HOME"] ?? "") + "/.pyenv"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root + "/versions")) ?? []
    return versions.filter { $0.hasPrefix("3.\(minor).") && $0.hasSuffix("t") == !suffix.isEmpty }
      .sorted().last.map {
        Interpreter(path: "\(root)/versions/\($0)/bin/python3.\(minor)\(suffix)")
      }
      .flatMap { FileManager.default.isExecutableFile(atPath: $0.path) ? $0 : nil }
  }

  /// pyenv's shims are scripts that start another interpreter: not what a test wants to read.
  private static func inPath(_ name: String) -> Interpreter? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").filter { !$0.hasSuffix("/shims") }
      .map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
      .map { Interpreter(path: $0) }
  }
}
