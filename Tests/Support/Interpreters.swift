import Foundation

/// A CPython on this machine that tests can start.
public struct Interpreter: Hashable, Sendable, CustomStringConvertible {
  public var path: String
  public var description: String { path }
}

extension Interpreter {
  /// The interpreter of a minor version of 3, from pyenv or `PATH`; nil if there is none.
  public static func minor(_ minor: Int) -> Interpreter? {
    pyenv(minor) ?? inPath("python3.\(minor)")
  }

  /// The `python3` of the distribution: stripped, optimised, linked statically on Debian.
  public static var system: Interpreter? { inPath("python3") }

  private static func pyenv(_ minor: Int) -> Interpreter? {
    let environment = ProcessInfo.processInfo.environment
    let root = environment["PYENV_ROOT"] ?? (environment["HOME"] ?? "") + "/.pyenv"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root + "/versions")) ?? []
    return versions.filter { $0.hasPrefix("3.\(minor).") }.sorted().last
      .map { Interpreter(path: "\(root)/versions/\($0)/bin/python3.\(minor)") }
      .flatMap { FileManager.default.isExecutableFile(atPath: $0.path) ? $0 : nil }
  }

  /// pyenv's shims are scripts that start another interpreter: not what a test wants to read.
  private static func inPath(_ name: String) -> Interpreter? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").filter { !$0.hasSuffix("/shims") }
      .map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
      .map(Interpreter.init(path:))
  }
}
