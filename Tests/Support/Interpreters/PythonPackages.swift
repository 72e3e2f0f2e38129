import Foundation

/// Packages of PyPI for the interpreters of tests, installed once into an ignored directory.
public enum PythonPackages {
  public enum Failure: Error, CustomStringConvertible {
    case notInstalled(String)

    public var description: String {
      switch self {
      case .notInstalled(let reason): reason
      }
    }
  }

  /// A directory for `sys.path` of the interpreter, as it sees it itself, with these packages in
  /// it. Throws where they cannot be had: there is no wheel for the version, or no PyPI.
  public static func directory(
    for interpreter: Interpreter, packages: [String]
  ) throws -> String {
    let version = try interpreter.minorVersionAndFlags()
    // The file system's root is another for a chrooted interpreter.
    let inside =
      (interpreter.root == nil ? "\(repositoryRoot)/.interpreters" : "")
      + "/hyflame-packages/3.\(version)"
    let directory = (interpreter.root ?? "") + inside
    let stamp = "\(directory)/.installed-" + packages.joined(separator: "-")
    if FileManager.default.fileExists(atPath: stamp) { return inside }
    guard let pip = Interpreter.withPip else {
      throw Failure.notInstalled("no interpreter with pip")
    }
    let (status, output) = try run(
      [
        pip.path, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--root-user-action=ignore", "--retries", "0", "--only-binary=:all:",
        "--python-version", "3.\(version.filter(\.isNumber))", "--upgrade", "--target", directory,
      ] + (version.hasSuffix("t") ? ["--abi", "cp3\(version)", "--abi", "none"] : []) + packages)
    guard status == 0, FileManager.default.createFile(atPath: stamp, contents: nil) else {
      let reason = output.split(separator: "\n").last ?? ""
      throw Failure.notInstalled("\(packages) could not be installed: \(reason)")
    }
    return inside
  }

  fileprivate static func run(_ words: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words[1...])
    process.standardOutput = pipe
    process.standardError = pipe
    try Watchdog.start(process, seconds: 90)
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}

extension Interpreter {
  /// 12 for 3.12.
  public func minorVersion() throws -> Int {
    Int(try minorVersionAndFlags().filter(\.isNumber)) ?? 0
  }

  /// "12" for 3.12, "14t" for a free-threaded 3.14.
  fileprivate func minorVersionAndFlags() throws -> String {
    let script = "import sys; print(str(sys.version_info[1]) + sys.abiflags)"
    let (_, output) = try PythonPackages.run(command + ["-c", script])
    let version = output.trimmingCharacters(in: .whitespacesAndNewlines)
    guard version.first?.isNumber == true else {
      throw PythonPackages.Failure.notInstalled("\(self) does not tell its version")
    }
    return version
  }

  /// An interpreter whose pip installs for all of them.
  fileprivate static let withPip: Interpreter? =
    ([system] + (9...13).reversed().map(minor)).lazy.compactMap { $0 }.first {
      let result = try? PythonPackages.run($0.command + ["-m", "pip", "--version"])
      return result?.status == 0
    }
}
